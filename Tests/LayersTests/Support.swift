import Foundation
import OneDNNBackend
import TensorCore
import TestSupport
import Testing

/// The backend of tensors in this process.
enum Engine {
    static let installed: Void = Runtime.install(OneDNNBackend(threads: 2))
}

/// The goldens that Tools/goldens/make_network_goldens.py or make_class_goldens.py made.
func goldens(_ file: String = "layers") throws -> Fixture {
    try Fixture(
        contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/\(file).safetensors"))
}

let key = RandomKey(seed: 1)

extension Fixture {
    /// An array as a tensor.
    func tensor(_ name: String) throws -> Tensor {
        let array = try array(name)
        return Tensor(array.floats, shape: array.shape)
    }

    /// Compares a tensor with an array; sums of up to 60 products of numbers around 1.
    func expect(
        _ tensor: Tensor, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let array = try array(name)
        expectClose(
            tensor.floats(), shape: tensor.shape, to: array.values, shape: array.shape,
            absolute: 5e-6, relative: 5e-6, name, sourceLocation: sourceLocation)
    }
}

/// Compares a layer's value and all its gradients with PyTorch's. Answers the layer as it then is.
@discardableResult
func check<L: Module>(
    _ name: String, _ layer: L, in file: String = "layers",
    sourceLocation: SourceLocation = #_sourceLocation,
    _ apply: @escaping (inout L, Tensor) -> Tensor
) throws -> L {
    _ = Engine.installed
    let golden = try goldens(file)
    var layer = layer
    let parameters = try layer.namedTensors(.parameter).map { parameter in
        let golden = try golden.tensor("\(name)/\(parameter.name)")
        #expect(
            golden.shape == parameter.tensor.shape, "\(name)/\(parameter.name)",
            sourceLocation: sourceLocation)
        return golden
    }
    layer.setParameters(parameters)
    let x = try golden.tensor("\(name)/x")
    let v = try golden.tensor("\(name)/v")
    var value: Tensor?
    let slopes = valueAndGrad(at: &layer) { layer in
        let y = apply(&layer, x)
        value = y
        return (y * v).sum()
    }
    var copy = layer
    let slope = grad { x in (apply(&copy, x) * v).sum() }(x)
    try golden.expect(try #require(value), "\(name)/y", sourceLocation: sourceLocation)
    try golden.expect(slope, "\(name)/g.x", sourceLocation: sourceLocation)
    let names = layer.namedTensors(.parameter).map(\.name)
    #expect(names.count == slopes.gradients.tensors.count, sourceLocation: sourceLocation)
    for (parameter, slope) in zip(names, slopes.gradients.tensors) {
        try golden.expect(slope, "\(name)/g.\(parameter)", sourceLocation: sourceLocation)
    }
    return layer
}
