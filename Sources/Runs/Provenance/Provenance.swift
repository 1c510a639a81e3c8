public import Imaging

/// What made a picture: kept in the text entries of the PNG, so that the command to make it again
/// is in the picture.
public struct Provenance: Equatable, Sendable {
    /// The program and its version.
    public var software = "Atelier"
    /// The digest of the checkpoint, or its first 12 digits.
    public var checkpoint: String?
    /// Steps that the network had been trained for.
    public var step: Int?
    /// The seeds of the pictures, in the order that they lie in.
    public var seeds: [UInt64] = []
    /// How far latents were drawn towards their mean: 1 not at all, 0 wholly.
    public var truncation: Double?
    /// The class asked for.
    public var label: String?
    /// The command that makes the picture again.
    public var command: String?
    /// Anything else, under keys of its own; `atelier:` is put before them.
    public var details: [String: String] = [:]

    private static let softwareKey = "Software"
    private static let prefix = "atelier:"
    private enum Name {
        static let checkpoint = "checkpoint"
        static let step = "step"
        static let seed = "seed"
        static let seeds = "seeds"
        static let truncation = "truncation"
        static let label = "class"
        static let command = "command"
        static let all: Set = [checkpoint, step, seed, seeds, truncation, label, command]
    }

    /// Nothing known but the program.
    public init() {}

    /// The entries for the PNG, in a fixed order.
    public var texts: [PNGText] {
        let taken = Name.all.intersection(details.keys)
        precondition(
            taken.isEmpty, "[Provenance] the details \(taken.sorted()) have fields of their own")
        var entries: [(String, String?)] = [
            (Name.checkpoint, checkpoint), (Name.step, step.map { String($0) }),
        ]
        if seeds.count == 1 {
            entries.append((Name.seed, String(seeds[0])))
        } else if !seeds.isEmpty {
            entries.append((Name.seeds, SeedList.text(seeds)))
        }
        entries += [
            (Name.truncation, truncation.map { String($0) }), (Name.label, label),
            (Name.command, command),
        ]
        entries += details.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return [PNGText(Self.softwareKey, software)]
            + entries.compactMap { key, value in value.map { PNGText(Self.prefix + key, $0) } }
    }

    /// What a picture says of itself; nil where none of the entries is Atelier's. An entry whose
    /// value cannot be understood is kept among the details.
    public init?(texts: [PNGText]) {
        guard texts.contains(where: { $0.key.hasPrefix(Self.prefix) }) else { return nil }
        for text in texts {
            if text.key == Self.softwareKey { software = text.value }
            guard text.key.hasPrefix(Self.prefix) else { continue }
            take(String(text.key.dropFirst(Self.prefix.count)), text.value)
        }
    }

    private mutating func take(_ name: String, _ value: String) {
        switch name {
        case Name.checkpoint: checkpoint = value
        case Name.label: label = value
        case Name.command: command = value
        case Name.step where Int(value) != nil: step = Int(value)
        case Name.truncation where Double(value) != nil: truncation = Double(value)
        case Name.seed, Name.seeds:
            if let seeds = SeedList.seeds(value) {
                self.seeds = seeds
            } else {
                details[name] = value
            }
        default: details[name] = value
        }
    }

    /// A command line for a shell: each argument quoted where it must be.
    public static func command(_ arguments: [String]) -> String {
        arguments.map { argument in
            let isPlain =
                !argument.isEmpty
                && argument.utf8.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                    default: "-_./:,=+@%".utf8.contains(byte)
                    }
                }
            if isPlain { return argument }
            let inner = argument.split(separator: "'", omittingEmptySubsequences: false)
            return "'" + inner.joined(separator: "'\\''") + "'"
        }.joined(separator: " ")
    }
}

/// Seeds as people write them: `0-63,100`.
public enum SeedList {
    /// More seeds than this are not taken from one text.
    public static let maximumCount = 10_000_000

    /// The seeds of a text such as `0-63,100`, in its order; nil where it is not one, a range
    /// falls, or there are more than ``maximumCount``.
    public static func seeds(_ text: String) -> [UInt64]? {
        var seeds: [UInt64] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map(number)
            guard (1...2).contains(ends.count), let first = ends[0],
                let last = ends[ends.count - 1],
                first <= last, last - first < UInt64(maximumCount - seeds.count)
            else { return nil }
            seeds.append(contentsOf: first...last)
        }
        return seeds
    }

    /// The text of seeds, runs of three or more as ranges: the inverse of ``seeds(_:)``.
    public static func text(_ seeds: [UInt64]) -> String {
        var parts: [String] = []
        var index = 0
        while index < seeds.count {
            var end = index
            while end + 1 < seeds.count, seeds[end] < .max, seeds[end + 1] == seeds[end] + 1 {
                end += 1
            }
            if end - index >= 2 {
                parts.append("\(seeds[index])-\(seeds[end])")
            } else {
                end = index
                parts.append(String(seeds[index]))
            }
            index = end + 1
        }
        return parts.joined(separator: ",")
    }

    private static func number(_ text: Substring) -> UInt64? {
        text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? UInt64(text) : nil
    }
}
