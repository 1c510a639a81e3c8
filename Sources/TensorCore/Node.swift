import Synchronization

/// A vertex of the lazily built graph. Its shape and type never change; its value arrives when it
/// is evaluated, and then its operands are let go of.
///
/// What changes does so under the evaluation lock and in no closure of a caller's, so that two accesses never
/// overlap: they are not checked at run time, which would be a tenth of the work on a graph.
package final class Node: @unchecked Sendable {
    private static let counter = Atomic<UInt64>(0)
    private static let markCounter = Atomic<UInt64>(0)

    /// Ascending in the order of creation, so operands have smaller numbers than their users.
    package let id: UInt64
    /// The shape of the value.
    package let shape: [Int]
    /// The element type of the value.
    package let dtype: DType
    /// What makes the value. Changes only under the evaluation lock.
    @exclusivity(unchecked)
    package private(set) var op: Op
    /// What it is made from. Changes only under the evaluation lock.
    @exclusivity(unchecked)
    package private(set) var operands: [Node]
    /// The value, once there is one. Changes only under the evaluation lock.
    @exclusivity(unchecked)
    package private(set) var buffer: (any Buffer)?
    /// Whether the operands were let go of when the value was computed.
    @exclusivity(unchecked)
    package private(set) var isDetached = false
    /// What the value was computed from, once the operands were let go of. Changes only under the
    /// evaluation lock.
    @exclusivity(unchecked)
    private(set) var lineage: Lineage?
    /// The number of the walk over the graph that came by last. Changes only under the evaluation lock.
    @exclusivity(unchecked)
    var mark: UInt64 = 0
    /// Where that walk put the node. Changes only under the evaluation lock.
    @exclusivity(unchecked)
    var place = 0

    package init(op: Op, operands: [Node], shape: [Int], dtype: DType) {
        id = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
        self.op = op
        self.operands = operands
        self.shape = shape
        self.dtype = dtype
    }

    package init(buffer: any Buffer, shape: [Int], dtype: DType) {
        id = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
        op = .input
        operands = []
        self.shape = shape
        self.dtype = dtype
        self.buffer = buffer
    }

    /// The number that the next node will at least have.
    package static var nextID: UInt64 { counter.load(ordering: .relaxed) + 1 }

    /// A number for a walk over the graph, never given to another.
    static func newMark() -> UInt64 {
        markCounter.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// Keeps the value; unless a derivative may still be taken through this node, it becomes data.
    ///
    /// - Parameter lineage: What the evaluation computed it from.
    func resolve(_ value: any Buffer, lineage: Lineage, keepingOperands: Bool) {
        buffer = value
        self.lineage = lineage
        if !keepingOperands { detach() }
    }

    /// Lets go of the operands of a node that has its value.
    package func detach() {
        guard case .input = op else {
            op = .input
            operands = []
            isDetached = true
            return
        }
    }

    deinit {
        if operands.isEmpty { return }
        // Long chains are taken apart in a loop: releasing them one inside the other would need
        // a stack as deep as the chain.
        var pending = operands
        operands = []
        while var last = pending.popLast() {
            if isKnownUniquelyReferenced(&last) {
                pending.append(contentsOf: last.operands)
                last.operands = []
            }
        }
    }
}
