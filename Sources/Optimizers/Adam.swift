public import TensorCore

/// Adam: Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization",
/// https://arxiv.org/abs/1412.6980.
///
/// `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`,
/// `p -= rate * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)`.
public struct Adam: Module {
    /// The decay of the first moments.
    public var beta1: Double
    /// The decay of the second moments.
    public var beta2: Double
    /// Added to the root of the second moments.
    public var epsilon: Double
    /// How many updates there have been.
    public var step = 0
    /// A first moment for each parameter.
    public private(set) var firstMoments: [Tensor]
    /// A second moment for each parameter.
    public private(set) var secondMoments: [Tensor]
    private let names: [String]

    /// An optimizer of a module's parameters.
    public init(
        for module: some Module, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
    ) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        let parameters = module.namedTensors(.parameter)
        names = parameters.map(\.name)
        firstMoments = parameters.map { .zeros($0.tensor.shape) }
        // Tensors of their own: shared ones would make the first step another graph than the second.
        secondMoments = parameters.map { .zeros($0.tensor.shape) }
    }

    /// Moves the parameters against their gradients; nothing is evaluated yet.
    ///
    /// - Parameters:
    ///   - module: What is moved.
    ///   - gradients: One for each parameter, in the module's stable order.
    ///   - learningRate: How far; may change from step to step without a new plan.
    ///   - scheduledBeta2: The decay of second moments in this step, in place of `beta2`, where it
    ///     changes from step to step; it corrects the bias of all steps, as in PyTorch.
    ///   - isFrozen: Whether the parameter of a name stays as it is, its moments too.
    public mutating func update(
        _ module: inout some Module, _ gradients: ModuleGradients, learningRate: Double,
        scheduledBeta2: Double? = nil, isFrozen: (String) -> Bool = { _ in false }
    ) {
        precondition(
            gradients.tensors.count == firstMoments.count,
            "[Adam] expected \(firstMoments.count) gradients, got \(gradients.tensors.count)")
        step += 1
        // Numbers that change from step to step enter as data, so that the plan stays.
        let correction1 = 1 - Self.power(beta1, step)
        let correction2 = 1 - Self.power(scheduledBeta2 ?? beta2, step)
        let rate = Tensor(Float(learningRate / correction1))
        let scale = Tensor(Float(1 / correction2.squareRoot()))
        let decay = scheduledBeta2.map { (kept: Tensor(Float($0)), new: Tensor(Float(1 - $0))) }
        var parameters = module.parameters
        for (i, gradient) in gradients.tensors.enumerated() where !isFrozen(names[i]) {
            firstMoments[i] = firstMoments[i] * beta1 + gradient * (1 - beta1)
            if let decay {
                secondMoments[i] = secondMoments[i] * decay.kept + gradient.square() * decay.new
            } else {
                secondMoments[i] = secondMoments[i] * beta2 + gradient.square() * (1 - beta2)
            }
            let root = secondMoments[i].sqrt() * scale + epsilon
            parameters[i] = parameters[i] - rate * (firstMoments[i] / root)
        }
        module.setParameters(parameters)
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, factor, rest) = (1.0, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return result
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        for (i, name) in names.enumerated() {
            body(path + "exp_avg." + name, &firstMoments[i], .buffer)
            body(path + "exp_avg_sq." + name, &secondMoments[i], .buffer)
        }
    }
}
