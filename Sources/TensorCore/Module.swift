/// What a tensor of a module is for.
public enum TensorRole: Sendable, Hashable {
    /// Trained by an optimizer.
    case parameter
    /// Carried along: running statistics, counters.
    case buffer
}

/// A value type made of tensors: a layer, a network, the state of an optimizer.
///
/// A copy is a snapshot: `var average = generator` keeps today's values whatever happens to the
/// original.
public protocol Module: Sendable {
    /// Calls `body` with every tensor under a stable dotted name, in a stable order.
    ///
    /// - Parameters:
    ///   - path: The module's own name with a trailing dot; empty at the top.
    ///   - body: Gets each tensor with its name and role, and may replace it.
    mutating func forEachTensor(
        under path: String,
        _ body: (_ name: String, _ tensor: inout Tensor, _ role: TensorRole) -> Void)
}

extension Module {
    /// The tensors with their names, in their stable order.
    public func namedTensors(_ role: TensorRole? = nil) -> [(name: String, tensor: Tensor)] {
        var copy = self
        var result: [(name: String, tensor: Tensor)] = []
        copy.forEachTensor(under: "") { name, tensor, itsRole in
            if role == nil || role == itsRole { result.append((name, tensor)) }
        }
        return result
    }

    /// The trained tensors, in their stable order.
    public var parameters: [Tensor] { namedTensors(.parameter).map(\.tensor) }

    /// How many trained numbers there are.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.elementCount } }

    /// Replaces the trained tensors, in their stable order.
    public mutating func setParameters(_ values: [Tensor]) {
        var next = values.makeIterator()
        var count = 0
        forEachTensor(under: "") { name, tensor, role in
            guard role == .parameter else { return }
            guard let value = next.next() else {
                preconditionFailure(
                    "[setParameters] expected a value for \(name), got \(values.count) in all")
            }
            precondition(
                value.shape == tensor.shape,
                "[setParameters] expected \(name) of shape \(tensor.shape), got \(value.shape)")
            tensor = value
            count += 1
        }
        precondition(
            count == values.count, "[setParameters] expected \(count) values, got \(values.count)")
    }

    /// Replaces every tensor by what `transform` makes of it.
    public mutating func mapTensors(_ transform: (String, Tensor) -> Tensor) {
        forEachTensor(under: "") { name, tensor, _ in tensor = transform(name, tensor) }
    }
}

/// The gradients of a module's parameters, in the module's stable order.
public struct ModuleGradients: Sendable {
    /// One tensor for each parameter, of its shape.
    public var tensors: [Tensor]

    /// Gradients in the module's stable order.
    public init(_ tensors: [Tensor]) { self.tensors = tensors }
}

/// The value of a loss, and its gradients at a module's parameters.
///
/// The closure gets the module as an argument and may change it: buffers such as running statistics
/// that it updates are kept. It must not reach the module by another way.
///
/// - Parameters:
///   - module: The module; on return its buffers are what the closure left.
///   - loss: Computes a scalar from the module.
/// - Returns: The loss, and a gradient for each parameter; nothing is evaluated yet.
public func valueAndGrad<M: Module>(at module: inout M, _ loss: (inout M) -> Tensor) -> (
    value: Tensor, gradients: ModuleGradients
) {
    let scope = Runtime.openScope()
    defer { Runtime.closeScope(scope) }
    // Fresh nodes for the parameters: derivatives end at them whatever else uses the same data.
    var copy = module
    copy.forEachTensor(under: "") { _, tensor, role in
        if role == .parameter { tensor = tensor.stoppingGradient() }
    }
    let targets = copy.parameters
    let value = loss(&copy)
    let slopes = gradients(of: value, at: targets)
    copy.setParameters(module.parameters)
    copy.forEachTensor(under: "") { _, tensor, role in
        if role == .buffer { tensor = tensor.stoppingGradient() }
    }
    module = copy
    return (value, ModuleGradients(slopes))
}

/// The function that computes the gradient of a scalar function. It can be differentiated again:
/// `grad { x in grad(f)(x).square().sum() }`.
public func grad(_ function: @escaping (Tensor) -> Tensor) -> (Tensor) -> Tensor {
    { x in valueAndGrad(function)(x).gradient }
}

/// The function that computes a scalar function and its gradient.
public func valueAndGrad(_ function: @escaping (Tensor) -> Tensor) -> (Tensor) -> (
    value: Tensor, gradient: Tensor
) {
    { x in
        let scope = Runtime.openScope()
        defer { Runtime.closeScope(scope) }
        let value = function(x)
        return (value, gradients(of: value, at: [x])[0])
    }
}
