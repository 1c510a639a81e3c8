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
    var cotangents: [ObjectIdentifier: Tensor] = [ObjectIdentifier(output.node): seed]
    for node in reach.nodesDescending {
        guard let cotangent = cotangents[ObjectIdentifier(node)], !node.operands.isEmpty else {
            continue
        }
        let wanted = node.operands.map { reach.leadsToTarget.contains(ObjectIdentifier($0)) }
        guard wanted.contains(true) else { continue }
        let parts = derivative(of: node, cotangent: cotangent, wanted: wanted)
        for (operand, part) in zip(node.operands, parts) {
            guard let part, reach.leadsToTarget.contains(ObjectIdentifier(operand)) else {
                continue
            }
            precondition(
                part.shape == operand.shape,
                "[gradients] the rule of \(node.op) made \(part.shape) for \(operand.shape)")
            let key = ObjectIdentifier(operand)
            cotangents[key] = cotangents[key].map { $0 + part } ?? part
        }
    }
    return targets.map { target in
        if let found = cotangents[ObjectIdentifier(target.node)] { return found }
        precondition(
            !reach.metDetached || reach.leadsToTarget.contains(ObjectIdentifier(target.node)),
            "[gradients] the output does not lead to a target \(target), and something between them was "
                + "evaluated before: take gradients before evaluating, or inside valueAndGrad")
        return .zeros(target.shape, dtype: target.dtype)
    }
}

/// The part of the graph between an output and the targets of a differentiation.
private struct Reach {
    /// The nodes that the output depends on and that depend on a target, users before operands.
    var nodesDescending: [Node] = []
    /// The nodes that are a target or depend on one.
    var leadsToTarget: Set<ObjectIdentifier> = []
    /// Whether an operand chain ended at a node whose operands were let go of.
    var metDetached = false

    init(from output: Node, to targets: [Node]) {
        let targetSet = Set(targets.map { ObjectIdentifier($0) })
        let oldest = targets.map(\.id).min() ?? .max
        var seen: Set<ObjectIdentifier> = [ObjectIdentifier(output)]
        var all = [output]
        var next = 0
        while next < all.count {
            let node = all[next]
            next += 1
            if node.isDetached && !targetSet.contains(ObjectIdentifier(node)) { metDetached = true }
            // What is older than every target cannot depend on one.
            for operand in node.operands where operand.id >= oldest {
                if seen.insert(ObjectIdentifier(operand)).inserted { all.append(operand) }
            }
        }
        all.sort { $0.id < $1.id }
        for node in all {
            let key = ObjectIdentifier(node)
            if targetSet.contains(key)
                || node.operands.contains(where: { leadsToTarget.contains(ObjectIdentifier($0)) })
            {
                leadsToTarget.insert(key)
                nodesDescending.append(node)
            }
        }
        nodesDescending.reverse()
    }
}
