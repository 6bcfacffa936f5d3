// Who may see what, worked out from the files of the city and not from the program: the witness against it.

/** Whether an account may read a matter at all: the office that has it, the one above, the window, a partner, who is named. */
export function mayRead(city, role, matter) {
  const above = city.offices.get(matter.owner)?.parent;
  if (role.seats.some((seat) => ["operator", "security", "auditor"].includes(seat))) return false;
  if (role.login === matter.filer.login) return true;
  return role.posts.some(({ office }) =>
    office === matter.owner || office === above || matter.windows.includes(office) || isPartner(city, matter, office))
    || (role.register && matter.seated.includes(role.name));
}

/** An office of the kind a seat of the procedure is given to: the one a field names; while none is named, where the matter lies. */
function isPartner(city, matter, id) {
  const [there, here] = [city.offices.get(id), city.offices.get(matter.owner)];
  return [...city.procedures.get(matter.procedure).seats.values()].some((seat) => {
    const kind = seat.match(/where="office".*office="([^"]+)"/)?.[1];
    if (!there || kind !== there.kind) return false;
    if (matter.named.includes(id)) return true;
    if (/\bby="/.test(seat) && matter.named.some((named) => city.offices.get(named)?.kind === kind)) return false;
    return covers(there.area ?? "", here?.area ?? "") || covers(here?.area ?? "", there.area ?? "");
  });
}

/** 990100 covers 990101 and 990101001. */
function covers(area, other) {
  const trunk = area.endsWith("00") ? area.slice(0, 4) : area;
  return other.startsWith(trunk);
}

/** Whether a value is not veiled from a seat of the reader. */
export function mayUnveil(role, one) {
  return !one.veiled.some((seat) => role.seats.includes(seat));
}
