/// A queue that gives the element with the lowest priority number first.
struct Heap {
    private var elements: [Int]
    private let priority: (Int) -> Int

    init(_ elements: [Int], priority: @escaping (Int) -> Int) {
        self.elements = []
        self.priority = priority
        for element in elements { push(element) }
    }

    mutating func push(_ element: Int) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0, priority(elements[child]) < priority(elements[(child - 1) / 2]) {
            elements.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> Int? {
        guard let first = elements.first else { return nil }
        elements[0] = elements[elements.count - 1]
        elements.removeLast()
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < elements.count }
            guard let least = children.min(by: { priority(elements[$0]) < priority(elements[$1]) }),
                priority(elements[least]) < priority(elements[parent])
            else { return first }
            elements.swapAt(least, parent)
            parent = least
        }
    }
}

/// A set of numbers below a limit, one bit each.
struct BitSet {
    private var words: [UInt64]

    init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

    func contains(_ element: Int) -> Bool { words[element >> 6] >> UInt64(element & 63) & 1 == 1 }

    mutating func insert(_ element: Int) { words[element >> 6] |= 1 << UInt64(element & 63) }

    mutating func formUnion(_ other: BitSet) {
        for index in words.indices { words[index] |= other.words[index] }
    }
}
