// Steps that several journeys share: applying, and what the centre does with an application.
import { PNG, identityNumber } from "./person.mjs";

/** A simulated applicant. */
export function applicant(serial) {
  return { name: `周晓岚`, id: identityNumber("19880512", serial), phone: `1380000${String(1000 + serial)}` };
}

/** Fills the application on the phone, section by section, and sends it. Answers its number. */
export async function apply(person, who, { wishes = [], venue = "990101001000" } = {}) {
  await person.goto("/apply/legal-aid");
  await person.choose("case-kind", "civil");
  await person.choose("cause", "wage");
  await person.choose("venue", venue);
  await person.type("facts-and-reasons", "2025年3月到11月在工地做木工，工资一万八千元一直没有付，请求帮助讨薪。");
  await person.press("保存并继续");
  await person.type("applicant.name", who.name);
  await person.type("applicant.id-number", who.id);
  await person.type("applicant.phone", who.phone);
  await person.type("applicant.address", "东湖区湖滨街道一号院");
  await person.choose("work-form", "ordinary");
  await person.press("保存并继续");
  await person.type("opponent.name", who.opponent ?? "宏远建筑劳务有限公司");
  await person.press("保存并继续");
  await person.choose("exempt-group", "none");
  await person.press("保存并继续");
  await person.type("family-size", "3");
  await person.type("income", "1500");
  await person.tick("hardship-promise");
  await person.press("保存并继续");
  await person.hand("id-copy", "身份证.png", PNG, "image/png");
  for (const [at, wish] of wishes.entries()) {
    await person.choose(at === 0 ? "wishes" : `wishes-${at + 1}`, wish);
  }
  await person.tick("truthful");
  await person.press("保存并继续");
  await person.reads("交之前，请再看一遍");
  await person.submit("main form .actions button.button-start");
  const text = await person.reads(/〔\d{4}〕东援申字第\d+号/);
  return text.match(/〔\d{4}〕东援申字第\d+号/)[0];
}

/** The centre examines and grants. */
export async function grant(clerk, director, number) {
  await clerk.open(number);
  await clerk.act("拟给予援助", async (page) => {
    await page.tick("applicant-groups", "migrant");
    await page.type("review-opinion", "收入在标准以内，事项在范围内，拟给予。");
  });
  await director.open(number);
  await director.act("给予法律援助", (page) => page.type("approval-opinion", "同意。"));
}
