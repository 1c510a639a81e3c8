import Files
import Imaging

/// Looks at every picture of a source before any training.
public enum DatasetCheck {
    /// How far a check is.
    public struct Progress: Sendable, Hashable {
        /// Pictures looked at.
        public var done: Int
        /// Pictures in the source.
        public var total: Int
        /// Pictures that turned out to be broken so far.
        public var broken: Int
    }

    /// Decodes every picture, on a number of threads, and counts what there is.
    ///
    /// Duplicates are pictures of the same size, channels and pixels, told by the SHA-256 of these;
    /// files that differ only in metadata or compression are duplicates too. Only digests are held
    /// in memory.
    ///
    /// - Parameters:
    ///   - source: The pictures.
    ///   - threadCount: Threads that decode.
    ///   - progress: Called from any of the threads, one call at a time, in order, after each
    ///     picture.
    /// - Throws: ``DatasetError`` if not one picture decodes.
    public static func run(
        _ source: any PictureSource, threadCount: Int = 2,
        progress: (@Sendable (Progress) -> Void)? = nil
    ) throws(DatasetError) -> DatasetReport {
        precondition(
            threadCount > 0,
            "[DatasetCheck.run] expected a positive threadCount, got \(threadCount)")
        let total = source.count
        let findings = Monitor([Finding?](repeating: nil, count: total))
        let state = Monitor(Progress(done: 0, total: total, broken: 0))
        forEachIndex(total, threadCount: threadCount) { item in
            let finding = examine(source, item)
            findings.change { $0[item] = finding }
            state.change { state in
                state.done += 1
                if case .broken = finding { state.broken += 1 }
                progress?(state)
            }
        }
        var facts: [(item: Int, facts: Facts)] = []
        var broken = source.refused
        for (item, finding) in findings.change({ $0 }).enumerated() {
            switch finding {
            case .sound(let found): facts.append((item, found))
            case .broken(let reason):
                broken.append(RefusedPicture(name: source.name(of: item), reason: reason))
            case nil: break
            }
        }
        guard !facts.isEmpty else {
            throw DatasetError(
                .noUsablePicture, path: source.path,
                "no usable picture: \(total) headers are sound, not one picture decodes"
                    + (broken.first.map { "; first: \($0.name): \($0.reason)" } ?? ""),
                advice: "replace the broken files")
        }
        return report(on: source, facts, broken: broken)
    }

    private enum Finding: Sendable {
        case sound(Facts)
        case broken(String)
    }

    struct Facts: Sendable {
        var width: Int
        var height: Int
        var format: PixelFormat
        var isColourless: Bool
        var isTransparent: Bool
        var digest: String
    }

    private static func examine(_ source: any PictureSource, _ item: Int) -> Finding {
        do throws(DatasetError) {
            let picture = try source.picture(at: item)
            var digest = ContentDigest()
            digest.update(
                Array("\(picture.width)x\(picture.height)x\(picture.format.rawValue):".utf8))
            digest.update(picture.bytes)
            return .sound(
                Facts(
                    width: picture.width, height: picture.height, format: picture.format,
                    isColourless: picture.isColourless,
                    isTransparent: picture.isTransparentSomewhere, digest: digest.finish()))
        } catch {
            return .broken(error.reason)
        }
    }

    private static func report(
        on source: any PictureSource, _ facts: [(item: Int, facts: Facts)], broken: [RefusedPicture]
    ) -> DatasetReport {
        let bySize = facts.sorted {
            ($0.facts.width * $0.facts.height, $0.item) < (
                $1.facts.width * $1.facts.height, $1.item
            )
        }
        let groups = Dictionary(grouping: facts, by: \.facts.digest).values.filter { $0.count > 1 }
            .map { $0.map(\.item).sorted() }.sorted { $0[0] < $1[0] }
        var classCounts = [Int](repeating: 0, count: source.classNames.count)
        var unlabelled = 0
        for (item, _) in facts {
            if let label = source.label(of: item) {
                classCounts[label] += 1
            } else {
                unlabelled += 1
            }
        }
        func describe(_ entry: (item: Int, facts: Facts)?) -> String {
            entry.map { "\($0.facts.width)x\($0.facts.height) \(source.name(of: $0.item))" } ?? ""
        }
        let colourless = facts.count {
            $0.facts.format.channelCount >= 3 && $0.facts.isColourless
        }
        return DatasetReport(
            path: source.path, kind: source.kind, usableCount: facts.count,
            sizes: tallies(facts.map { "\($0.facts.width)x\($0.facts.height)" }),
            formats: tallies(facts.map { source.header(of: $0.item).fileFormat }),
            channels: tallies(facts.map { $0.facts.format.plainName }),
            classes: zip(source.classNames, classCounts).map { .init(name: $0, count: $1) },
            unlabelledCount: source.classNames.isEmpty ? 0 : unlabelled,
            deepCount: facts.count { source.header(of: $0.item).bitDepth == 16 },
            colourlessCount: colourless,
            transparentCount: facts.count { $0.facts.isTransparent },
            broken: broken, duplicates: groups.map { $0.map(source.name(of:)) },
            smallest: describe(bySize.first), largest: describe(bySize.last),
            decodedBytes: facts.reduce(0) {
                $0 + $1.facts.width * $1.facts.height * $1.facts.format.channelCount
            },
            notes: source.notes, proposal: proposal(for: facts.map(\.facts)))
    }

    private static func tallies(_ names: [String]) -> [DatasetReport.Tally] {
        Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
            .map { DatasetReport.Tally(name: $0.key, count: $0.value) }
            .sorted {
                $0.count != $1.count
                    ? $0.count > $1.count : NaturalOrder.precedes($0.name, $1.name)
            }
    }
}

extension PixelFormat {
    /// The format in words.
    var plainName: String {
        switch self {
        case .grey: "grey"
        case .greyAlpha: "grey + alpha"
        case .rgb: "rgb"
        case .rgba: "rgb + alpha"
        }
    }
}
