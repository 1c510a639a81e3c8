import Optimizers
import TensorCore

/// A network in one phase of a step, its parameters marked so that gradients end at them.
///
/// What is computed with it once (the generator's picture) can be used by several phases, and only the
/// gradients that a phase asks for are ever computed.
struct Traced<Network: Module> {
    /// The network; its parameters are fresh nodes of the graph.
    var network: Network
    private let parameters: [Tensor]

    init(_ network: Network) {
        var copy = network
        copy.forEachTensor(under: "") { _, tensor, role in
            if role == .parameter { tensor = tensor.stoppingGradient() }
        }
        self.network = copy
        parameters = copy.parameters
    }

    /// The gradients of a scalar at the network's parameters.
    func gradients(of loss: Tensor) -> ModuleGradients {
        ModuleGradients(TensorCore.gradients(of: loss, at: parameters))
    }
}

/// Gives each step numbers of its own: the keys enter a graph as data, so that the plan stays.
struct StepKeys {
    private let key: RandomKey
    private var count: UInt64 = 0

    init(_ name: String) { key = RandomKey(seed: 0).folded(name) }

    /// The key of the next step.
    mutating func next() -> RandomKey {
        count += 1
        return key.folded(count)
    }
}

/// What a workload learns from: numbers on -1 ... 1, the same in every step, computed now.
func fixedPictures(_ shape: [Int], _ name: String) -> Tensor {
    let pictures = Tensor.uniform(shape, low: -1, high: 1, key: RandomKey(seed: 1).folded(name))
    evaluate(pictures)
    return pictures
}

/// The named tensors of modules, each module's under its name.
func named(_ modules: (name: String, module: any Module)...) -> [(name: String, tensor: Tensor)] {
    modules.flatMap { name, module in
        module.namedTensors().map { (name + "." + $0.name, $0.tensor) }
    }
}
