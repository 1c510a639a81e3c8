public import TensorCore

/// Stochastic gradient descent with momentum and weight decay, as in PyTorch:
/// `g += decay * p`, `b = momentum * b + g` (`b = g` at first), `p -= rate * b` (with Nesterov's
/// momentum `p -= rate * (g + momentum * b)`).
///
/// Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning",
/// https://proceedings.mlr.press/v28/sutskever13.html.
public struct SGD: Module {
    /// How much of the last update is carried on. Fixed: without momentum no updates are kept.
    public let momentum: Double
    /// How much each parameter is drawn to zero.
    public var weightDecay: Double
    /// Whether the gradient is taken ahead of the momentum.
    public var isNesterov: Bool
    /// How many updates there have been.
    public var step = 0
    /// The running update of each parameter; empty without momentum.
    public private(set) var velocities: [Tensor]
    private let names: [String]

    /// An optimizer of a module's parameters.
    public init(
        for module: some Module, momentum: Double = 0, weightDecay: Double = 0,
        isNesterov: Bool = false
    ) {
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.isNesterov = isNesterov
        let parameters = module.namedTensors(.parameter)
        names = parameters.map(\.name)
        velocities = momentum == 0 ? [] : parameters.map { .zeros($0.tensor.shape) }
    }

    /// Moves the parameters against their gradients; nothing is evaluated yet.
    public mutating func update(
        _ module: inout some Module, _ gradients: ModuleGradients, learningRate: Double
    ) {
        precondition(
            gradients.tensors.count == names.count,
            "[SGD] expected \(names.count) gradients, got \(gradients.tensors.count)")
        step += 1
        let rate = Tensor(Float(learningRate))
        var parameters = module.parameters
        for (i, gradient) in gradients.tensors.enumerated() {
            var slope = gradient
            if weightDecay != 0 { slope = slope + parameters[i] * weightDecay }
            if momentum != 0 {
                // From zero, the first running update is the gradient itself.
                velocities[i] = velocities[i] * momentum + slope
                slope = isNesterov ? slope + velocities[i] * momentum : velocities[i]
            }
            parameters[i] = parameters[i] - rate * slope
        }
        module.setParameters(parameters)
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        for i in velocities.indices {
            body(path + "momentum_buffer." + names[i], &velocities[i], .buffer)
        }
    }
}
