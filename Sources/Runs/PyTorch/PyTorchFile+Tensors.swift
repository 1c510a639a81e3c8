import TensorCore

extension PyTorchFileError {
    /// A defect whose file is not known yet.
    struct Failure: Error { var defect: Defect }
}

/// A tensor of a file: where its storage lies and how it is looked at.
struct PyTorchEntry: Sendable {
    /// Why a tensor cannot be read.
    struct Problem: Error { var reason: String }

    let type: SafetensorsType
    /// The storage's bytes in the file.
    let bytes: Range<Int>
    /// Elements before the first.
    let offset: Int
    let shape: [Int]
    let strides: [Int]

    /// A view, checked against its storage.
    init(_ tensor: PickleTensor, _ storages: [String: Range<Int>]) throws(Problem) {
        guard let type = Self.type(tensor.storage.type) else {
            throw Problem(reason: "its type \(tensor.storage.type.prefix(60)) is not known")
        }
        guard let bytes = storages[tensor.storage.key] else {
            throw Problem(reason: "its storage \(tensor.storage.key.prefix(60)) is not in the file")
        }
        let count = bytes.count / type.byteCount
        guard (0...count).contains(tensor.offset), tensor.shape.allSatisfy({ $0 >= 0 }),
            tensor.strides.allSatisfy({ $0 >= 0 })
        else { throw Problem(reason: "its shape, strides or offset are no such numbers") }
        // Its last element lies within the storage, and it has no more elements than that: a stride of
        // zero must not make a file of bytes a tensor of gigabytes.
        var (last, elements) = (tensor.offset, 1)
        let isEmpty = tensor.shape.contains(0)
        for (length, stride) in zip(tensor.shape, tensor.strides) where !isEmpty {
            let (reach, overflow) = (length - 1).multipliedReportingOverflow(by: stride)
            let (product, overflows) = elements.multipliedReportingOverflow(by: length)
            guard !overflow, !overflows, product <= count, reach <= count - 1 - last else {
                throw Problem(
                    reason: "shape \(tensor.shape) with strides \(tensor.strides) from "
                        + "\(tensor.offset) on is more than its storage of \(count) elements")
            }
            last += reach
            elements = product
        }
        guard isEmpty || last < count else {
            throw Problem(reason: "it begins past the end of its storage of \(count) elements")
        }
        (self.type, self.bytes) = (type, bytes)
        (offset, shape, strides) = (tensor.offset, tensor.shape, tensor.strides)
    }

    /// PyTorch's names of storages.
    static func type(_ name: String) -> SafetensorsType? {
        switch name {
        case "torch.FloatStorage": .float32
        case "torch.HalfStorage": .float16
        case "torch.BFloat16Storage": .bfloat16
        case "torch.DoubleStorage": .float64
        case "torch.LongStorage": .int64
        case "torch.IntStorage": .int32
        case "torch.ShortStorage": .int16
        case "torch.CharStorage": .int8
        case "torch.ByteStorage": .uint8
        case "torch.BoolStorage": .bool
        default: nil
        }
    }

    /// Whether the elements lie one after the other.
    var isRowMajor: Bool {
        var expected = 1
        for (length, stride) in zip(shape, strides).reversed() {
            if length != 1 && stride != expected { return false }
            expected *= max(length, 1)
        }
        return true
    }

    /// The elements of the storage in row-major order.
    func rowMajor(_ storage: UnsafeRawBufferPointer) -> StoredBytes {
        let width = type.byteCount
        let count = shape.reduce(1, *)
        return StoredBytes(count: count * width) { target in
            var index = [Int](repeating: 0, count: shape.count)
            for element in 0..<count {
                let place = zip(index, strides).reduce(offset) { $0 + $1.0 * $1.1 }
                for byte in 0..<width {
                    target[element * width + byte] = storage[place * width + byte]
                }
                for axis in shape.indices.reversed() {
                    index[axis] += 1
                    if index[axis] < shape[axis] { break }
                    index[axis] = 0
                }
            }
        }
    }
}

extension PickleValue {
    /// How deep dictionaries may lie in one another.
    private static let mostLevels = 16
    /// How many values are looked at: a few dictionaries that hold one another many times over must not
    /// become billions.
    static let mostVisits = 1_000_000

    /// The dictionary within a checkpoint that is the model's, or the value itself.
    var stateDictionary: PickleValue {
        guard case .dictionary(let dictionary) = self else { return self }
        for name in ["state_dict", "model_state_dict", "model"] {
            let found = dictionary.items.last { $0.key.text == name }
            if let found, case .dictionary = found.value { return found.value }
        }
        return self
    }

    /// The tensors by name, those of nested dictionaries joined by dots.
    func tensors() -> [String: PickleTensor] {
        var found: [String: PickleTensor] = [:]
        var visits = 0
        collect(under: "", level: 0, into: &found, &visits)
        return found
    }

    private func collect(
        under path: String, level: Int, into found: inout [String: PickleTensor],
        _ visits: inout Int
    ) {
        guard case .dictionary(let dictionary) = self, level < Self.mostLevels else { return }
        for (key, value) in dictionary.items {
            visits += 1
            guard visits < Self.mostVisits else { return }
            guard let name = key.text else { continue }
            if case .tensor(let tensor) = value {
                found[path + name] = tensor
            } else {
                value.collect(under: path + name + ".", level: level + 1, into: &found, &visits)
            }
        }
    }
}
