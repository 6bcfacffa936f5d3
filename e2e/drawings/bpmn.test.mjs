// Every procedure as BPMN: read by a reader that is not ours, without a warning, and whole.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { BpmnModdle } from "bpmn-moddle";

const binary = process.env.XIEZHI_BINARY;
const folder = process.env.XIEZHI_LAW;
const law = folder ? ["--law", folder] : [];
const run = (...args) => execFileSync(binary, [...args, ...law], { encoding: "utf8", maxBuffer: 1 << 28 });
const editions = JSON.parse(run("law", "list", "--json"));

const is = (element, ...types) => types.some((type) => element.$type === `bpmn:${type}`);

/** Everything that stands in lanes. */
const nodesOf = (process) => process.flowElements.filter((element) => !is(element, "SequenceFlow"));

function isWhole(definitions) {
  const collaboration = definitions.rootElements.find((root) => is(root, "Collaboration"));
  const process = definitions.rootElements.find((root) => is(root, "Process"));
  const nodes = nodesOf(process);
  const flows = process.flowElements.filter((element) => is(element, "SequenceFlow"));
  for (const flow of flows) {
    assert.ok(nodes.includes(flow.sourceRef), `${flow.id} comes from nowhere`);
    assert.ok(nodes.includes(flow.targetRef), `${flow.id} leads nowhere`);
    assert.ok(flow.sourceRef.outgoing.includes(flow) && flow.targetRef.incoming.includes(flow), flow.id);
  }
  for (const node of nodes) {
    const lanes = process.laneSets[0].lanes.filter((lane) => (lane.flowNodeRef ?? []).includes(node));
    assert.equal(lanes.length, 1, `${node.id} stands in ${lanes.length} lanes`);
    if (is(node, "StartEvent")) assert.ok(!node.incoming?.length, `${node.id} is a start`);
    else if (!is(node, "BoundaryEvent")) assert.ok(node.incoming?.length, `nothing leads to ${node.id}`);
    if (!is(node, "EndEvent")) assert.ok(node.outgoing?.length, `${node.id} leads nowhere`);
    if (is(node, "BoundaryEvent")) {
      assert.ok(nodes.includes(node.attachedToRef), `${node.id} stands on nothing`);
      const duration = node.eventDefinitions[0].timeDuration;
      if (duration.body) assert.match(duration.body, /^P(\d+[YMD]|T\d+[HM])$/, node.id);
      assert.ok(duration.$attrs["xiezhi:unit"], `${node.id} has no unit`);
    }
  }
  for (const association of process.artifacts?.filter((artifact) => is(artifact, "Association")) ?? []) {
    assert.ok(association.sourceRef && association.targetRef, association.id);
  }
  for (const message of collaboration.messageFlows ?? []) {
    assert.ok(nodes.includes(message.sourceRef) && collaboration.participants.includes(message.targetRef), message.id);
  }
  return { collaboration, process, nodes, flows };
}

function isDrawn(definitions, { collaboration, process, nodes, flows }) {
  const drawn = new Map(definitions.diagrams[0].plane.planeElement.map((element) => [element.bpmnElement, element]));
  const notes = process.artifacts?.filter((artifact) => is(artifact, "TextAnnotation")) ?? [];
  for (const shape of [...nodes, ...notes, ...process.laneSets[0].lanes, ...collaboration.participants]) {
    const bounds = drawn.get(shape)?.bounds;
    assert.ok(bounds && bounds.width > 0 && bounds.height > 0, `${shape.id} has no bounds`);
  }
  const associations = process.artifacts?.filter((artifact) => is(artifact, "Association")) ?? [];
  for (const edge of [...flows, ...associations, ...(collaboration.messageFlows ?? [])]) {
    assert.ok(drawn.get(edge)?.waypoint?.length >= 2, `${edge.id} has no line`);
  }
  // Tasks and gateways do not lie on each other: a reader would see one of them only.
  const solid = nodes.filter((node) => !is(node, "BoundaryEvent")).map((node) => [node.id, drawn.get(node).bounds]);
  for (const [at, [id, a]] of solid.entries()) {
    for (const [other, b] of solid.slice(at + 1)) {
      const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      assert.ok(apart, `${id} and ${other} lie on each other`);
    }
  }
}

for (const edition of editions) {
  test(`${edition.id}, in force from ${edition.in_force_from}`, async () => {
    const xml = run("law", "bpmn", `${edition.id}@${edition.in_force_from}`);
    const { rootElement, warnings } = await new BpmnModdle().fromXML(xml);
    assert.deepEqual(warnings.map((warning) => warning.message), []);
    const drawing = isWhole(rootElement);
    isDrawn(rootElement, drawing);
    const { nodes } = drawing;
    assert.ok(nodes.some((node) => is(node, "StartEvent")) && nodes.some((node) => is(node, "EndEvent")));
    assert.ok(nodes.filter((node) => is(node, "UserTask", "ServiceTask")).length >= edition.stages / 2);
    assert.ok(drawing.process.artifacts.some((artifact) => /第.+条/.test(artifact.text ?? "")), "no article is cited");
  });
}
