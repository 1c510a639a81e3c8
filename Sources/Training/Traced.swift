import Optimizers
package import TensorCore

/// A network in one phase of a step, its parameters marked so that gradients end at them.
///
/// What is computed with it once (the generator's picture) can be used by several phases, and only the
/// gradients that a phase asks for are ever computed.
package struct Traced<Network: Module> {
    /// The network; its parameters are fresh nodes of the graph.
    package var network: Network
    private let parameters: [Tensor]

    /// A network whose parameters gradients end at.
    package init(_ network: Network) {
        var copy = network
        copy.forEachTensor(under: "") { _, tensor, role in
            if role == .parameter { tensor = tensor.stoppingGradient() }
        }
        self.network = copy
        parameters = copy.parameters
    }

    /// The gradients of a scalar at the network's parameters.
    package func gradients(of loss: Tensor) -> ModuleGradients {
        ModuleGradients(TensorCore.gradients(of: loss, at: parameters))
    }
}
