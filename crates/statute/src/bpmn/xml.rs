//! The drawing as XML: the standard's own elements, and attributes of ours for the names of the law file.
//!
//! INVARIANT: every identifier is written once; what a law file says is escaped.

use std::fmt::Write;

use super::layout::{Bounds, Plan};
use super::model::{Model, Node, NodeKind, Timer};

/// Namespaces of BPMN 2.0 and its interchange of drawings; ours has no address.
const OPENING: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<bpmn:definitions \
xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\" \
xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" \
xmlns:di=\"http://www.omg.org/spec/DD/20100524/DI\" \
xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
xmlns:xiezhi=\"urn:xiezhi:bpmn:1\"";

pub(super) fn written(model: &Model, plan: &Plan) -> String {
    let mut xml = OPENING.to_owned();
    let id = &model.id;
    let _ = writeln!(xml, " id=\"definitions_{id}\" targetNamespace=\"urn:xiezhi:law\" exporter=\"xiezhi\">");
    let _ = writeln!(xml, "  <bpmn:collaboration id=\"collaboration_{id}\">");
    let _ = writeln!(
        xml,
        "    <bpmn:participant id=\"pool_{id}\" name=\"{}\" processRef=\"process_{id}\"/>",
        escaped(&model.title)
    );
    for partner in &model.partners {
        let _ = writeln!(xml, "    <bpmn:participant id=\"{}\" name=\"{}\"/>", partner.id, escaped(&partner.title));
    }
    for (at, message) in model.messages.iter().enumerate() {
        let (from, to) =
            (node_id(model, message.from), model.partners.get(message.partner).map_or("", |it| it.id.as_str()));
        let _ = writeln!(xml, "    <bpmn:messageFlow id=\"message_{at}\" sourceRef=\"{from}\" targetRef=\"{to}\"/>");
    }
    xml.push_str("  </bpmn:collaboration>\n");
    process(&mut xml, model);
    diagram(&mut xml, model, plan);
    xml.push_str("</bpmn:definitions>\n");
    xml
}

fn node_id(model: &Model, at: usize) -> &str {
    model.nodes.get(at).map_or("", |node| node.id.as_str())
}

fn process(xml: &mut String, model: &Model) {
    let id = &model.id;
    let _ =
        writeln!(xml, "  <bpmn:process id=\"process_{id}\" name=\"{}\" isExecutable=\"false\">", escaped(&model.title));
    let _ = writeln!(xml, "    <bpmn:documentation>{}</bpmn:documentation>", escaped(&model.doc));
    let _ = writeln!(xml, "    <bpmn:laneSet id=\"lanes_{id}\">");
    for (at, lane) in model.lanes.iter().enumerate() {
        let _ = writeln!(xml, "      <bpmn:lane id=\"{}\" name=\"{}\">", lane.id, escaped(&lane.title));
        for node in model.nodes.iter().filter(|node| node.lane == at) {
            let _ = writeln!(xml, "        <bpmn:flowNodeRef>{}</bpmn:flowNodeRef>", node.id);
        }
        xml.push_str("      </bpmn:lane>\n");
    }
    xml.push_str("    </bpmn:laneSet>\n");
    for (at, node) in model.nodes.iter().enumerate() {
        element(xml, model, at, node);
    }
    for (at, flow) in model.flows.iter().enumerate() {
        let name = if flow.name.is_empty() { String::new() } else { format!(" name=\"{}\"", escaped(&flow.name)) };
        let (from, to) = (node_id(model, flow.from), node_id(model, flow.to));
        let _ =
            writeln!(xml, "    <bpmn:sequenceFlow id=\"flow_{at}\"{name} sourceRef=\"{from}\" targetRef=\"{to}\"/>");
    }
    for (at, note) in model.notes.iter().enumerate() {
        let _ = writeln!(
            xml,
            "    <bpmn:textAnnotation id=\"note_{at}\"><bpmn:text>{}</bpmn:text></bpmn:textAnnotation>",
            escaped(&note.text)
        );
        let of = node_id(model, note.of);
        let _ =
            writeln!(xml, "    <bpmn:association id=\"association_{at}\" sourceRef=\"{of}\" targetRef=\"note_{at}\"/>");
    }
    xml.push_str("  </bpmn:process>\n");
}

fn element(xml: &mut String, model: &Model, at: usize, node: &Node) {
    let name = match &node.kind {
        NodeKind::Start { .. } => "startEvent",
        NodeKind::End => "endEvent",
        NodeKind::Task { system: true } => "serviceTask",
        NodeKind::Task { system: false } => "userTask",
        NodeKind::Exclusive => "exclusiveGateway",
        NodeKind::Parallel => "parallelGateway",
        NodeKind::Throw => "intermediateThrowEvent",
        NodeKind::Timer(_) => "boundaryEvent",
    };
    let mut attributes = format!("id=\"{}\"", node.id);
    if !node.name.is_empty() {
        let _ = write!(attributes, " name=\"{}\"", escaped(&node.name));
    }
    if let NodeKind::Timer(timer) = &node.kind {
        let host = node_id(model, timer.host);
        let _ = write!(attributes, " attachedToRef=\"{host}\" cancelActivity=\"{}\"", timer.interrupting);
    }
    for (key, value) in &node.about {
        let _ = write!(attributes, " xiezhi:{key}=\"{}\"", escaped(value));
    }
    let _ = writeln!(xml, "    <bpmn:{name} {attributes}>");
    if !node.doc.is_empty() {
        let _ = writeln!(xml, "      <bpmn:documentation>{}</bpmn:documentation>", escaped(&node.doc));
    }
    for (nth, flow) in model.flows.iter().enumerate() {
        if flow.to == at {
            let _ = writeln!(xml, "      <bpmn:incoming>flow_{nth}</bpmn:incoming>");
        }
    }
    for (nth, flow) in model.flows.iter().enumerate() {
        if flow.from == at {
            let _ = writeln!(xml, "      <bpmn:outgoing>flow_{nth}</bpmn:outgoing>");
        }
    }
    match &node.kind {
        NodeKind::Start { message: true } | NodeKind::Throw => {
            let _ = writeln!(xml, "      <bpmn:messageEventDefinition id=\"definition_{}\"/>", node.id);
        }
        NodeKind::Timer(timer) => timing(xml, node, timer),
        _ => {}
    }
    let _ = writeln!(xml, "    </bpmn:{name}>");
}

fn timing(xml: &mut String, node: &Node, timer: &Timer) {
    let mut about = format!(" xiezhi:unit=\"{}\"", timer.unit);
    if let Some(amount) = timer.amount {
        let _ = write!(about, " xiezhi:amount=\"{amount}\"");
    }
    if let Some(rate) = &timer.rate {
        let _ = write!(about, " xiezhi:rate=\"{}\"", escaped(rate));
    }
    let _ = writeln!(
        xml,
        "      <bpmn:timerEventDefinition id=\"definition_{}\"><bpmn:timeDuration xsi:type=\"bpmn:tFormalExpression\"{about}>{}</bpmn:timeDuration></bpmn:timerEventDefinition>",
        node.id, timer.duration
    );
}

fn diagram(xml: &mut String, model: &Model, plan: &Plan) {
    let id = &model.id;
    let _ = writeln!(xml, "  <bpmndi:BPMNDiagram id=\"diagram_{id}\">");
    let _ = writeln!(xml, "    <bpmndi:BPMNPlane id=\"plane_{id}\" bpmnElement=\"collaboration_{id}\">");
    shape(xml, &format!("pool_{id}"), " isHorizontal=\"true\"", plan.pool);
    for (lane, bounds) in model.lanes.iter().zip(&plan.lanes) {
        shape(xml, &lane.id, " isHorizontal=\"true\"", *bounds);
    }
    for (node, bounds) in model.nodes.iter().zip(&plan.nodes) {
        let marker = if node.kind == NodeKind::Exclusive { " isMarkerVisible=\"true\"" } else { "" };
        shape(xml, &node.id, marker, *bounds);
    }
    for (at, bounds) in plan.notes.iter().enumerate() {
        shape(xml, &format!("note_{at}"), "", *bounds);
    }
    for (partner, bounds) in model.partners.iter().zip(&plan.partners) {
        shape(xml, &partner.id, " isHorizontal=\"true\"", *bounds);
    }
    let edges = [("flow", &plan.flows), ("message", &plan.messages), ("association", &plan.associations)];
    for (kind, lines) in edges {
        for (at, points) in lines.iter().enumerate() {
            let _ = writeln!(xml, "      <bpmndi:BPMNEdge id=\"edge_{kind}_{at}\" bpmnElement=\"{kind}_{at}\">");
            for (x, y) in points {
                let _ = writeln!(xml, "        <di:waypoint x=\"{x}\" y=\"{y}\"/>");
            }
            xml.push_str("      </bpmndi:BPMNEdge>\n");
        }
    }
    xml.push_str("    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n");
}

fn shape(xml: &mut String, of: &str, about: &str, bounds: Bounds) {
    let Bounds { x, y, w, h } = bounds;
    let _ = writeln!(
        xml,
        "      <bpmndi:BPMNShape id=\"shape_{of}\" bpmnElement=\"{of}\"{about}><dc:Bounds x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/></bpmndi:BPMNShape>"
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
