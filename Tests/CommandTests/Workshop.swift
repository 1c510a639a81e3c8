import Foundation
import Testing

/// A folder with a small data set, and what is done in it.
struct Workshop {
    let folder: TemporaryFolder

    /// Two hundred grey pictures of 16x16 in MNIST's format: gradients, discs and waves, with labels.
    init() throws {
        folder = try TemporaryFolder()
        let count = 200
        var pixels: [UInt8] =
            [0, 0, 8, 3] + Self.bigEndian(count) + Self.bigEndian(16) + Self.bigEndian(16)
        for picture in 0..<count {
            for y in 0..<16 {
                for x in 0..<16 {
                    pixels.append(Self.level(picture, x, y))
                }
            }
        }
        let labels: [UInt8] =
            [0, 0, 8, 1] + Self.bigEndian(count) + (0..<count).map { UInt8($0 % 4) }
        try FileManager.default.createDirectory(
            atPath: folder.file("data"), withIntermediateDirectories: true)
        try folder.write(pixels, to: "data/train-images-idx3-ubyte")
        try folder.write(labels, to: "data/train-labels-idx1-ubyte")
    }

    private static func level(_ picture: Int, _ x: Int, _ y: Int) -> UInt8 {
        switch picture % 4 {
        case 0: UInt8(min(255, x * 14 + picture % 40))
        case 1: UInt8(min(255, y * 14 + picture % 40))
        case 2: (x - 8) * (x - 8) + (y - 8) * (y - 8) < 9 + picture % 50 ? 250 : UInt8(picture % 30)
        default: UInt8((x * y + picture) % 256)
        }
    }

    private static func bigEndian(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// The settings of a run that takes a second.
    static let settings = ["--size", "16", "--width", "8", "--batch", "8"]

    /// Runs the program in the folder.
    func atelier(_ arguments: String..., output: String? = nil) throws -> Program.Outcome {
        try Program.run(arguments, in: folder, output: output)
    }

    /// Runs the program in the folder.
    func atelier(_ arguments: [String], output: String? = nil) throws -> Program.Outcome {
        try Program.run(arguments, in: folder, output: output)
    }

    /// The arguments that begin a run.
    static func training(_ run: String, steps: Int, checkpointEvery: Int = 10) -> [String] {
        [
            "train", "data", "--out", run, "--steps", "\(steps)", "--checkpoint-every",
            "\(checkpointEvery)",
        ]
            + settings
    }

    /// Trains a new run to its end.
    func train(_ run: String, steps: Int, checkpointEvery: Int = 10) throws {
        let outcome = try atelier(
            Self.training(run, steps: steps, checkpointEvery: checkpointEvery) + ["--quiet"])
        expectSuccess(outcome)
        #expect(outcome.errors.isEmpty && outcome.output.isEmpty, "\(outcome)")
    }

    /// The checkpoint of a step.
    static func checkpoint(_ run: String, step: Int) -> String {
        let digits = String(step)
        let zeros = String(repeating: "0", count: 8 - digits.count)
        return "\(run)/checkpoints/step-\(zeros)\(digits).safetensors"
    }

    /// A log without what a clock says: one record a line.
    func log(_ run: String) throws -> [[String: Double]] {
        let text = String(decoding: try folder.bytes("\(run)/metrics.jsonl"), as: UTF8.self)
        return try text.split(separator: "\n").map { line in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            var record = try #require(value as? [String: Double], "\(line)")
            record["time"] = nil
            record["images_per_second"] = nil
            return record
        }
    }

    /// Expects that two runs came to the same: tensors bit for bit, counters, and the log.
    func expectSame(
        _ one: String, _ other: String, step: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let name = Self.checkpoint("", step: step)
        let parts = try [one, other].map { run in
            try SafetensorsParts(folder.bytes(run + name))
        }
        #expect(parts[0].tensors == parts[1].tensors, sourceLocation: sourceLocation)
        #expect(parts[0].data.count > 1000, sourceLocation: sourceLocation)
        // Not inside the expectation, which would look for the difference of millions of bytes for hours.
        let differing = zip(parts[0].data, parts[1].data).count { $0 != $1 }
        #expect(
            differing == 0 && parts[0].data.count == parts[1].data.count,
            "\(differing) of \(parts[0].data.count) bytes differ", sourceLocation: sourceLocation)
        let counters = try parts.map { try $0.counters() }
        #expect(counters[0] == counters[1], sourceLocation: sourceLocation)
        let logs = try (log(one), log(other))
        #expect(logs.0 == logs.1, sourceLocation: sourceLocation)
        #expect(
            logs.0.map { $0["step"] } == [1] + stride(from: 10.0, through: Double(step), by: 10),
            sourceLocation: sourceLocation)
    }

    /// Names of files that a writer left half-written, anywhere in the folder.
    func leftovers() -> [String] {
        let all = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
        return (all ?? []).filter { $0.hasSuffix(".atelier-tmp") }
    }
}

/// A safetensors file taken apart.
struct SafetensorsParts {
    /// The header, JSON.
    var header: [String: Any]
    /// The bytes of the tensors.
    var data: [UInt8]

    init(_ bytes: [UInt8]) throws {
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let value = try JSONSerialization.jsonObject(with: Data(bytes[8..<(8 + length)]))
        header = try #require(value as? [String: Any])
        data = Array(bytes[(8 + length)...])
    }

    /// What the file says beside its tensors.
    var metadata: [String: String] { header["__metadata__"] as? [String: String] ?? [:] }

    /// The table of tensors, as comparable text.
    var tensors: [String] {
        header.filter { $0.key != "__metadata__" }.map { key, value in
            let row = value as? [String: Any]
            return "\(key) \(row?["shape"] ?? "") \(row?["data_offsets"] ?? "")"
        }.sorted()
    }

    /// The counters in the state, as JSON with sorted keys.
    func counters() throws -> String {
        let text = try #require(metadata["atelier.state"])
        let state = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let counters = try #require(state?["counters"] as? [String: Any])
        #expect(counters["step"] is Int)
        return String(
            decoding: try JSONSerialization.data(withJSONObject: counters, options: [.sortedKeys]),
            as: UTF8.self)
    }
}

/// The chunks of a PNG.
struct PNGParts {
    private(set) var chunks: [(type: String, data: [UInt8])] = []

    init(_ bytes: [UInt8]) throws {
        try #require(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        var at = 8
        while at + 12 <= bytes.count {
            let length = bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
            let type = String(decoding: bytes[(at + 4)..<(at + 8)], as: UTF8.self)
            chunks.append((type, Array(bytes[(at + 8)..<(at + 8 + length)])))
            at += 12 + length
        }
        try #require(at == bytes.count && chunks.last?.type == "IEND")
    }

    /// Everything but text: the same for the same pixels written the same way.
    var pixels: [[UInt8]] { chunks.filter { !$0.type.hasSuffix("Xt") }.map(\.data) }

    /// Width and height.
    var size: [Int] {
        let header = chunks[0].data
        return [0, 4].map { start in header[start..<(start + 4)].reduce(0) { $0 << 8 | Int($1) } }
    }
}
