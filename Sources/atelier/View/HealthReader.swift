import Files
import Foundation
import Glibc
import Training
import Viewer

/// Follows a run's `health.jsonl`: what is unwell at the moment, in words.
struct HealthReader {
    /// A line of the record.
    private struct Line: Decodable {
        var event: String
        var step: Int
        var kind: String?
        var severity: String?
        var happening: String?
        var advice: String?
        var cause: String?
        var from: Int?
        var scale: Double?

        enum CodingKeys: String, CodingKey {
            case event, step, kind, severity, happening, advice, cause, from
            case scale = "learning_rate_scale"
        }
    }

    /// More than this at a time is not read: nobody writes so much about a run's health.
    private static let mostBytes = 1 << 20

    private let path: String
    private var offset: Int
    private var partial: [UInt8] = []
    /// By kind, in the order that they came.
    private var current: [(kind: String, warning: ViewerWarning)] = []

    /// - Parameter skipsPast: Whether what was written before is of an earlier session, and over.
    init(path: String, skipsPast: Bool) {
        self.path = path
        offset = skipsPast ? Self.size(path) : 0
    }

    private static func size(_ path: String) -> Int {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG ? Int(facts.st_size) : 0
    }

    /// The warnings that hold, newest first, if there is anything new; else nil.
    mutating func poll() -> [ViewerWarning]? {
        let size = Self.size(path)
        if size < offset { (offset, partial, current) = (0, [], []) }
        guard size > offset, let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        offset = max(offset, size - Self.mostBytes)
        guard (try? file.seek(toOffset: UInt64(offset))) != nil,
            let read = try? file.read(upToCount: Self.mostBytes), !read.isEmpty
        else { return nil }
        offset += read.count
        let bytes = partial + Array(read)
        var start = 0
        for (place, byte) in bytes.enumerated() where byte == 0x0A {
            take(Data(bytes[start..<place]))
            start = place + 1
        }
        // A line that is still being written waits for its end.
        partial = bytes.count - start <= Self.mostBytes ? Array(bytes[start...]) : []
        return current.reversed().map(\.warning)
    }

    /// A line that is none is passed over.
    private mutating func take(_ bytes: Data) {
        guard let line = try? JSONDecoder().decode(Line.self, from: bytes) else { return }
        switch line.event {
        case "health":
            guard let kind = line.kind else { return }
            current.removeAll { $0.kind == kind }
            // A note says that something is well again.
            guard line.severity != "note" else { return }
            add(
                kind,
                ViewerWarning(
                    title: HealthMessage.Kind(rawValue: kind)?.words ?? kind, step: line.step,
                    happening: line.happening ?? "", advice: line.advice ?? "",
                    isCritical: line.severity == "critical"))
        case "rolled-back":
            current.removeAll()
            let scale = line.scale.map { ", on with \($0) of the learning rates" } ?? ""
            add(
                "rolled-back",
                ViewerWarning(
                    title: "went back", step: line.from ?? line.step,
                    happening: "\(line.cause ?? "numbers ran away"); back at step "
                        + "\(line.step)\(scale)", advice: "A second time, training stops"))
        default: break
        }
    }

    private mutating func add(_ kind: String, _ warning: ViewerWarning) {
        func clean(_ text: String) -> String {
            String(text.prefix(600)).replacing("\n", with: " ")
        }
        var warning = warning
        (warning.title, warning.happening) = (clean(warning.title), clean(warning.happening))
        warning.advice = clean(warning.advice)
        current.append((kind, warning))
        if current.count > 8 { current.removeFirst() }
    }
}
