/// What a pickle says, as data: nothing of it was ever called.
enum PickleValue {
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case tuple([PickleValue])
    case list(PickleList)
    case dictionary(PickleDictionary)
    /// The name of a function or class; only that.
    case global(String)
    /// Where numbers lie: their type by PyTorch's name, the storage's key, and how many there are.
    case storage(PickleStorage)
    case tensor(PickleTensor)
    /// An object of a class that is no data: left out.
    case opaque(String)

    var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    var text: String? { if case .text(let value) = self { value } else { nil } }
    var tuple: [PickleValue]? { if case .tuple(let value) = self { value } else { nil } }
}

/// A list, shared by all who know it by the memo.
final class PickleList {
    var items: [PickleValue] = []
}

/// A dictionary in the order of its keys' arrival, shared by all who know it by the memo.
final class PickleDictionary {
    var items: [(key: PickleValue, value: PickleValue)] = []
}

/// Numbers of a file.
struct PickleStorage: Hashable {
    var type: String
    var key: String
    var count: Int
}

/// A view of a storage.
struct PickleTensor {
    var storage: PickleStorage
    var offset: Int
    var shape: [Int]
    var strides: [Int]
}
