/// The gradients of a scalar with respect to tensors, as tensors: graphs like any other, so that
/// gradients of gradients are taken by calling this again.
///
/// - Parameters:
///   - output: What is differentiated: a tensor with one element.
///   - targets: With respect to what. Each is a tensor that `output` was computed from; a target that
///     it does not depend on gets zeros.
/// - Returns: For each target a tensor of its shape.
public func gradients(of output: Tensor, at targets: [Tensor]) -> [Tensor] {
    precondition(
        output.elementCount == 1, "[gradients] expected a scalar output, got shape \(output.shape)")
    return gradients(of: output, seed: .ones(output.shape, dtype: output.dtype), at: targets)
}

/// The products of a cotangent with the Jacobian of `output` at tensors.
///
/// - Parameters:
///   - output: What is differentiated.
///   - seed: The cotangent; a tensor of the shape of `output`.
///   - targets: With respect to what.
/// - Returns: For each target a tensor of its shape.
public func gradients(of output: Tensor, seed: Tensor, at targets: [Tensor]) -> [Tensor] {
    precondition(
        output.dtype.isFloatingPoint && seed.shape == output.shape && seed.dtype == output.dtype,
        "[gradients] expected a seed like the output \(output), got \(seed)")
    let reach = Reach(from: output.node, to: targets.map(\.node))
    precondition(
        !reach.missesWay,
        "[gradients] the output uses a value that was evaluated before, together with a target or from "
            + "one: the way through it is lost. Take gradients before evaluating, or inside valueAndGrad; "
            + "stopGradient(value) says that it is meant as a constant")
    var cotangents = [Tensor?](repeating: nil, count: reach.steps.count)
    if let place = reach.outputPlace { cotangents[place] = seed }
    var nextOperand = reach.operandPlaces.count
    for place in reach.steps.indices.reversed() {
        let step = reach.steps[place]
        nextOperand -= step.operands.count
        guard let cotangent = cotangents[place] else { continue }
        let places = reach.operandPlaces[nextOperand..<(nextOperand + step.operands.count)]
        let wanted = places.map { $0 >= 0 }
        guard wanted.contains(true) else { continue }
        let parts = derivative(of: step, cotangent: cotangent, wanted: wanted)
        for (index, place) in places.enumerated() where place >= 0 {
            guard let part = parts[index] else { continue }
            precondition(
                part.shape == step.operands[index].shape,
                "[gradients] the rule of \(step.op) made \(part.shape) for "
                    + "\(step.operands[index].shape)")
            cotangents[place] = cotangents[place].map { $0 + part } ?? part
        }
    }
    return zip(targets, reach.targetPlaces).map { target, place in
        if place >= 0, let found = cotangents[place] { return found }
        return .zeros(target.shape, dtype: target.dtype)
    }
}

/// A node as it was when a differentiation began: another thread may evaluate it meanwhile.
struct DifferentiationStep: Sendable {
    /// The node.
    let node: Node
    /// What makes its value.
    let op: Op
    /// What it is made from.
    let operands: [Node]
}

/// The part of the graph between an output and the targets of a differentiation.
private struct Reach: Sendable {
    /// The nodes that the output depends on and that are a target or depend on one, operands before users.
    var steps: [DifferentiationStep] = []
    /// For each operand of each step, its place among the steps; -1 if it leads to no target.
    var operandPlaces: [Int] = []
    /// For each target its place among the steps; -1 if the output does not depend on it.
    var targetPlaces: [Int] = []
    /// The output's place, if it leads to a target.
    var outputPlace: Int?
    /// Whether an operand chain ended at a node whose operands were let go of, and that may have been
    /// computed from a target.
    var missesWay = false

    init(from output: Node, to targets: [Node]) {
        self = Runtime.whileNothingIsEvaluated { Reach(walkingFrom: output, to: targets) }
    }

    private init(walkingFrom output: Node, to targets: [Node]) {
        let oldest = targets.map(\.id).min() ?? .max
        let targetIDs = Set(targets.map(\.id))
        let all = Self.ancestors(of: output, noOlderThan: oldest)
        let leading = Node.newMark()
        // The output's mark is that of every node that was met.
        let met = output.mark
        var isMet: [Bool] = []
        for target in targets { isMet.append(target.mark == met) }
        for (target, isMet) in zip(targets, isMet) where isMet { target.mark = leading }
        steps.reserveCapacity(all.count)
        operandPlaces.reserveCapacity(2 * all.count)
        for node in all {
            let operands = node.operands
            let isTarget = node.mark == leading
            if !isTarget {
                if node.isDetached, let lineage = node.lineage,
                    lineage.contains(anyOf: targetIDs, oldest: oldest)
                {
                    missesWay = true
                }
                guard operands.contains(where: { $0.mark == leading }) else { continue }
                node.mark = leading
            }
            node.place = steps.count
            steps.append(.init(node: node, op: node.op, operands: operands))
            for operand in operands {
                operandPlaces.append(operand.mark == leading ? operand.place : -1)
            }
        }
        targetPlaces = zip(targets, isMet).map { $1 ? $0.place : -1 }
        outputPlace = output.mark == leading ? output.place : nil
    }

    /// The output and what it depends on, ascending; all of them, and nothing else, carry its mark.
    private static func ancestors(of output: Node, noOlderThan oldest: UInt64) -> [Node] {
        let met = Node.newMark()
        output.mark = met
        var all = [output]
        var next = 0
        while next < all.count {
            defer { next += 1 }
            if case .stopGradient = all[next].op { continue }
            // What is older than every target cannot depend on one.
            for operand in all[next].operands where operand.mark != met && operand.id >= oldest {
                operand.mark = met
                all.append(operand)
            }
        }
        all.sort { $0.id < $1.id }
        return all
    }
}
