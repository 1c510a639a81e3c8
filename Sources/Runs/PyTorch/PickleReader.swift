/// Reads a pickle without executing anything: of the functions that a pickle can name, only those that
/// rebuild tensors and dictionaries are understood, and done here; all others leave a mark in their
/// result's place.
///
/// The opcodes are those of Python's `pickletools` that state dictionaries are written with, protocols 2
/// to 4.
struct PickleReader {
    /// Why a pickle was refused.
    struct Problem: Error {
        var reason: String
        var byte: Int
    }

    /// More values at once than any model needs.
    private static let mostValues = 4_000_000

    private let bytes: UnsafeRawBufferPointer
    /// The next byte.
    private(set) var place: Int
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]

    /// A pickle that begins at a place.
    init(_ bytes: UnsafeRawBufferPointer, from place: Int = 0) {
        self.bytes = bytes
        self.place = place
    }

    /// Reads up to the pickle's end.
    mutating func read() throws(Problem) -> PickleValue {
        while true {
            let code = try byte()
            if code == UInt8(ascii: ".") { return try pop() }
            guard stack.count + memo.count <= Self.mostValues else {
                throw problem("more than \(Self.mostValues) values")
            }
            try execute(code)
        }
    }

    private mutating func execute(_ code: UInt8) throws(Problem) {
        switch code {
        case 0x80: _ = try byte()  // protocol
        case 0x95: _ = try take(8)  // frame
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.bool(true))
        case 0x89: stack.append(.bool(false))
        case UInt8(ascii: "K"): stack.append(.integer(Int(try byte())))
        case UInt8(ascii: "M"): stack.append(.integer(Int(try number(UInt16.self))))
        case UInt8(ascii: "J"): stack.append(.integer(Int(try number(Int32.self))))
        case 0x8a: stack.append(try longInteger())
        case UInt8(ascii: "G"):
            let bits = try number(UInt64.self).byteSwapped
            stack.append(.number(Double(bitPattern: bits)))
        case UInt8(ascii: "X"), UInt8(ascii: "T"):
            stack.append(.text(try string(Int(try number(UInt32.self)))))
        case 0x8c, UInt8(ascii: "U"): stack.append(.text(try string(Int(try byte()))))
        case UInt8(ascii: "c"):
            let module = try line()
            stack.append(.global(module + "." + (try line())))
        case 0x93:
            let (name, module) = (try pop(), try pop())
            stack.append(.global((module.text ?? "?") + "." + (name.text ?? "?")))
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"):
            _ = try popMarked()
        case UInt8(ascii: "2"): stack.append(try top())
        case UInt8(ascii: ")"): stack.append(.tuple([]))
        case UInt8(ascii: "t"): stack.append(.tuple(try popMarked()))
        case 0x85: stack.append(.tuple([try pop()]))
        case 0x86:
            let second = try pop()
            stack.append(.tuple([try pop(), second]))
        case 0x87:
            let (third, second) = (try pop(), try pop())
            stack.append(.tuple([try pop(), second, third]))
        default: try executeContainer(code)
        }
    }

    private mutating func executeContainer(_ code: UInt8) throws(Problem) {
        switch code {
        case UInt8(ascii: "]"): stack.append(.list(PickleList()))
        case UInt8(ascii: "}"): stack.append(.dictionary(PickleDictionary()))
        case UInt8(ascii: "a"):
            let item = try pop()
            try append([item])
        case UInt8(ascii: "e"):
            let items = try popMarked()
            try append(items)
        case UInt8(ascii: "s"):
            let (value, key) = (try pop(), try pop())
            try set([key, value])
        case UInt8(ascii: "u"):
            let items = try popMarked()
            try set(items)
        case UInt8(ascii: "q"): memo[Int(try byte())] = try top()
        case UInt8(ascii: "r"): memo[Int(try number(UInt32.self))] = try top()
        case 0x94: memo[memo.count] = try top()
        case UInt8(ascii: "h"): try recall(Int(try byte()))
        case UInt8(ascii: "j"): try recall(Int(try number(UInt32.self)))
        case UInt8(ascii: "Q"): stack.append(try storage(try pop()))
        case UInt8(ascii: "R"), 0x81:
            let arguments = try pop()
            stack.append(try made(by: try pop(), arguments))
        case UInt8(ascii: "b"): _ = try pop()  // an object's attributes: nothing wanted
        default:
            throw problem(
                "opcode \(code) is not among those that state dictionaries are written with")
        }
    }

    // MARK: What functions would have made

    private func made(by function: PickleValue, _ arguments: PickleValue) throws(Problem)
        -> PickleValue
    {
        guard case .global(let name) = function, let given = arguments.tuple else {
            return .opaque("an object")
        }
        switch name {
        case "collections.OrderedDict":
            return .dictionary(PickleDictionary())
        case "torch.Size": return given.first ?? .tuple([])
        case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
            return given.first ?? .opaque(name)
        case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor":
            guard given.count >= 4, case .storage(let storage) = given[0],
                let offset = given[1].integer, let shape = integers(given[2]),
                let strides = integers(given[3]), shape.count == strides.count, shape.count <= 64
            else { throw problem("a tensor is rebuilt from other things than numbers") }
            return .tensor(
                PickleTensor(storage: storage, offset: offset, shape: shape, strides: strides))
        default: return .opaque(String(name.prefix(100)))
        }
    }

    private func integers(_ value: PickleValue) -> [Int]? {
        guard let items = value.tuple else { return nil }
        let numbers = items.compactMap(\.integer)
        return numbers.count == items.count ? numbers : nil
    }

    /// `('storage', type, key, location, count)`.
    private func storage(_ identifier: PickleValue) throws(Problem) -> PickleValue {
        guard let parts = identifier.tuple, parts.count >= 5, parts[0].text == "storage",
            case .global(let type) = parts[1], let key = parts[2].text,
            let count = parts[4].integer, count >= 0
        else { throw problem("a storage is not told as torch.save does") }
        return .storage(PickleStorage(type: type, key: key, count: count))
    }

    // MARK: The stack

    private mutating func pop() throws(Problem) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
            throw problem("it takes more values than it made")
        }
        return value
    }

    private func top() throws(Problem) -> PickleValue {
        guard let value = stack.last else { throw problem("it takes more values than it made") }
        return value
    }

    private mutating func popMarked() throws(Problem) -> [PickleValue] {
        guard let mark = marks.popLast(), mark <= stack.count else {
            throw problem("a group ends that never began")
        }
        let items = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return items
    }

    private mutating func recall(_ number: Int) throws(Problem) {
        guard let value = memo[number] else { throw problem("value \(number) was never kept") }
        stack.append(value)
    }

    private func append(_ items: [PickleValue]) throws(Problem) {
        if case .list(let list) = try top() { list.items += items }
    }

    private func set(_ items: [PickleValue]) throws(Problem) {
        guard items.count % 2 == 0 else { throw problem("a key without a value") }
        guard case .dictionary(let dictionary) = try top() else { return }
        for i in stride(from: 0, to: items.count, by: 2) {
            dictionary.items.append((items[i], items[i + 1]))
        }
    }

    // MARK: Bytes

    private func problem(_ reason: String) -> Problem { Problem(reason: reason, byte: place) }

    private mutating func take(_ count: Int) throws(Problem) -> Range<Int> {
        guard count >= 0, count <= bytes.count - place else {
            throw problem("it ends in the middle")
        }
        defer { place += count }
        return place..<place + count
    }

    private mutating func byte() throws(Problem) -> UInt8 { bytes[try take(1).lowerBound] }

    private mutating func number<Number: FixedWidthInteger>(
        _ type: Number.Type
    ) throws(Problem) -> Number {
        let range = try take(MemoryLayout<Number>.size)
        return Number(
            littleEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: type))
    }

    private mutating func string(_ count: Int) throws(Problem) -> String {
        String(decoding: bytes[try take(count)], as: UTF8.self)
    }

    private mutating func line() throws(Problem) -> String {
        let rest = bytes[place...]
        guard let end = rest.prefix(1000).firstIndex(of: UInt8(ascii: "\n")) else {
            throw problem("a name does not end")
        }
        defer { place = end + 1 }
        return String(decoding: bytes[place..<end], as: UTF8.self)
    }

    /// A little-endian number of as many bytes as it says; longer ones than 64 bits are no sizes.
    private mutating func longInteger() throws(Problem) -> PickleValue {
        let range = try take(Int(try byte()))
        guard range.count <= 8 else { return .opaque("a long number") }
        var value: UInt64 = 0
        for (index, place) in range.enumerated() { value |= UInt64(bytes[place]) << (8 * index) }
        if range.count > 0 && range.count < 8 && bytes[range.upperBound - 1] >= 0x80 {
            value |= ~0 << (8 * range.count)
        }
        return .integer(Int(bitPattern: UInt(value)))
    }
}
