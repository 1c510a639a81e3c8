/// How many buffers were donated, to see whether donating wins anything.
public struct DonationCounts: Sendable, Hashable {
    /// Those that nobody else held.
    public var free = 0
    /// Those that somebody still held, and that were left as they were. In a training loop that lets go
    /// of its old tensors this number does not grow.
    public var held = 0
}

/// Who holds the buffers of inputs that were given up.
enum Donation {
    /// For each buffer, whether it was donated and nobody outside of the list holds it.
    ///
    /// Equal constants share one buffer, so that one may stand in the list several times: all of its
    /// places must be donated then.
    static func soleOwners(of buffers: inout [any Buffer], donated: [Int]) -> [Bool] {
        var free = [Bool](repeating: false, count: buffers.count)
        if donated.isEmpty { return free }
        // The last place of each buffer, and for each place the one before it with the same buffer.
        var last = [ObjectIdentifier: Int](minimumCapacity: buffers.count)
        var before = [Int](repeating: -1, count: buffers.count)
        for (place, buffer) in buffers.enumerated() {
            before[place] = last.updateValue(place, forKey: ObjectIdentifier(buffer)) ?? -1
        }
        var isGiven = free
        for place in donated { isGiven[place] = true }
        for first in donated where before[first] < 0 {
            var place = last[ObjectIdentifier(buffers[first])] ?? first
            guard place != first else {
                free[first] = isOnlyHere(&buffers, [first])
                continue
            }
            var all: [Int] = []
            while place >= 0 {
                all.append(place)
                place = before[place]
            }
            guard all.allSatisfy({ isGiven[$0] }) else { continue }
            let isFree = isOnlyHere(&buffers, all)
            for place in all { free[place] = isFree }
        }
        return free
    }

    /// What stands in the list while a buffer is taken out of it.
    private static let nothing = HostBuffer(byteCount: 0)

    /// Whether a buffer that stands at these places is held by the list alone.
    private static func isOnlyHere(_ buffers: inout [any Buffer], _ places: [Int]) -> Bool {
        let buffer = Unmanaged.passRetained(buffers[places[0]] as AnyObject)
        for place in places { buffers[place] = nothing }
        // Taken out of the list, the buffer has no owner but `object`, unless somebody else has it too.
        var object = buffer.takeRetainedValue()
        let result = isKnownUniquelyReferenced(&object)
        if let buffer = object as? any Buffer {
            for place in places { buffers[place] = buffer }
        }
        return result
    }
}
