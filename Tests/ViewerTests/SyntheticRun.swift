import Imaging
import Synchronization
import Viewer

/// A run that never was: drawn flowers, computed curves, and a record of what was asked of it.
final class SyntheticRun: ViewerSource {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }
    struct Record {
        var requests: [String] = []
        var loads: [String] = []
        var savedSteps: [Int] = []
        var explored: [ExplorerRequest] = []
        var queue: [ViewerUpdate] = []
    }

    let capabilities: ViewerCapabilities
    let plots: [PlotDescription] = [.losses, .scores]
    let record = Mutex(Record())
    let failsToControl: Bool
    let unreadable: Set<String>
    let network: ExplorerDescription?
    let panes: PaneLayout?
    let measures: [PlotDescription]

    init(
        capabilities: ViewerCapabilities = [.control, .save, .variants],
        updates: [ViewerUpdate] = [SyntheticRun.typical()], failsToControl: Bool = false,
        unreadable: Set<String> = [], network: ExplorerDescription? = nil,
        panes: PaneLayout? = nil, measures: [PlotDescription] = []
    ) {
        self.panes = panes
        self.measures = measures
        self.capabilities = capabilities
        self.failsToControl = failsToControl
        self.unreadable = unreadable
        self.network = network
        record.withLock { $0.queue = updates }
    }

    func push(_ update: ViewerUpdate) { record.withLock { $0.queue.append(update) } }

    func poll() -> ViewerUpdate? {
        record.withLock { $0.queue.isEmpty ? nil : $0.queue.removeFirst() }
    }

    func loadSnapshot(_ snapshot: SnapshotReference, variant: SampleVariant) throws -> SampleFrame {
        record.withLock { $0.loads.append("\(snapshot.identifier) \(variant)") }
        if unreadable.contains(snapshot.identifier) { throw Failure(description: "torn file") }
        return Self.flowers(step: snapshot.step, variant: variant)
    }

    func requestPause() throws { try request("pause") }
    func requestResume() throws { try request("resume") }
    func requestStop() throws { try request("stop") }

    private func request(_ name: String) throws {
        if failsToControl { throw Failure(description: "control.json cannot be written") }
        record.withLock { $0.requests.append(name) }
    }

    func saveGrid(_ frame: SampleFrame) throws -> String {
        record.withLock { $0.savedSteps.append(frame.step) }
        return "samples/grid-\(frame.step).png"
    }

    func openExplorer() throws -> ExplorerDescription {
        guard let network else { throw Failure(description: "there is no checkpoint yet") }
        return network
    }

    func explore(_ request: ExplorerRequest) throws -> SampleFrame {
        record.withLock { $0.explored.append(request) }
        if request.first == 13 { throw Failure(description: "an unlucky seed") }
        // Three of the drawn flowers: the farther along the way, the wider the first one opens.
        return Self.flowers(
            step: Int(request.share * 12_000), columns: 3, rows: 1, scores: [1.25, 2, -0.5])
    }

    func saveExplored(_ request: ExplorerRequest) throws -> String {
        "explored-\(request.first)-\(request.second).png"
    }

    /// A network with everything that can be chosen: ten classes, and StyleGAN2's layers at 128x128.
    static let styled = ExplorerDescription(
        step: 12_400, detail: "StyleGAN2 128x128",
        classNames: [
            "daisies", "roses", "lilies of the valley", "tulips", "poppies", "asters", "irises",
            "violets", "dahlias", "orchids",
        ],
        layers: (0..<12).map { index in
            let side = 4 << ((index + 1) / 2 - (index == 11 ? 1 : 0))
            return .init(
                size: "\(side)x\(side)", group: index < 3 ? .coarse : index < 7 ? .middle : .fine)
        })

    /// A grid whose sample `i` has the one colour `paneColour(i)`.
    static func patches(_ count: Int, columns: Int = 6, cell: (width: Int, height: Int) = (48, 48))
        -> SampleFrame
    {
        let geometry = GridGeometry(
            columns: columns, rows: (count + columns - 1) / columns, cellWidth: cell.width,
            cellHeight: cell.height, padding: 2, margin: 2, count: count)
        var bytes = [UInt8](repeating: 0, count: geometry.width * geometry.height * 3)
        for index in 0..<count {
            let (origin, colour) = (geometry.origin(of: index), paneColour(index))
            for y in origin.y..<origin.y + cell.height {
                for x in origin.x..<origin.x + cell.width {
                    let place = (y * geometry.width + x) * 3
                    bytes[place] = colour.red
                    bytes[place + 1] = colour.green
                    bytes[place + 2] = colour.blue
                }
            }
        }
        return SampleFrame(
            step: 1200,
            pixels: PixelBuffer(
                width: geometry.width, height: geometry.height, format: .rgb, bytes: bytes),
            geometry: geometry)
    }

    /// A colour that no other of the first two hundred samples has.
    static func paneColour(_ index: Int) -> Colour {
        Colour(
            UInt32(40 + index % 6 * 40) << 16 | UInt32(40 + index / 6 % 6 * 40) << 8
                | UInt32(60 + index / 36 * 60))
    }

    /// Scores of a grid of so many samples, the same every time.
    static func scores(_ count: Int) -> [Float] {
        (0..<count).map { Float(($0 * 7919 + 31) % 997) / 120 - 4.5 }
    }

    /// A grid by classes, with scores.
    static func classes(_ names: [String], columns: Int = 8, cell: Int = 32) -> SampleFrame {
        flowers(
            step: 12_400, cell: cell, columns: columns, rows: names.count,
            scores: scores(columns * names.count), rowTitles: names)
    }

    /// Metrics every so many steps.
    static func metrics(_ keys: [String]) -> [MetricPoint] {
        (1...12).map { number in
            let values = keys.enumerated().map { place, key in
                ("metric/" + key, Double(180 >> place) / Double(number) + 20)
            }
            return MetricPoint(
                step: number * 1000, values: Dictionary(uniqueKeysWithValues: values))
        }
    }

    private static let usualFrames = SampleVariant.allCases.map {
        flowers(step: 12_400, variant: $0)
    }

    /// A run in the middle of its work.
    static func typical(
        state: RunState = .running, warnings: [ViewerWarning] = [], cell: Int = 64,
        points: Int = 3000
    ) -> ViewerUpdate {
        ViewerUpdate(
            run: RunDescription(
                name: "flowers-64", detail: "DCGAN 64x64 RGB, 2,040 pictures, batch 64"),
            progress: RunProgress(
                state: state, step: 12_400, totalSteps: 50_000, images: 793_600,
                imagesPerSecond: 412.4, elapsed: 1_924, remaining: 5_838),
            metrics: curves(points: points),
            frames: cell == 64
                ? usualFrames
                : SampleVariant.allCases.map { flowers(step: 12_400, variant: $0, cell: cell) },
            snapshots: (0...24).map { SnapshotReference(identifier: "s\($0)", step: $0 * 500) },
            warnings: warnings)
    }

    /// Curves as a healthy run has them, with noise that is the same every time.
    static func curves(points: Int) -> [MetricPoint] {
        var seed: UInt64 = 88_172_645_463_325_252
        func noise() -> Double {
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            return Double(seed >> 11) / Double(1 << 53) - 0.5
        }
        return (0..<points).map { index in
            let time = Double(index) / 3000
            let settle = 1 / (1 + 12 * time)
            return MetricPoint(
                step: index * 12_400 / points,
                values: [
                    "d_loss": 0.9 + 0.5 * settle + 0.35 * noise(),
                    "g_loss": 1.6 + 1.8 * settle + 0.5 * time + 0.7 * noise(),
                    "d_real": 0.66 + 0.12 * time + 0.12 * noise(),
                    "d_fake": 0.34 - 0.10 * time + 0.4 * settle * 0.5 + 0.12 * noise(),
                ])
        }
    }

    /// A grid of drawn flowers that open as the steps go on.
    static func flowers(
        step: Int, variant: SampleVariant = .average, cell: Int = 64, columns: Int = 8,
        rows: Int = 8, scores: [Float] = [], rowTitles: [String] = []
    ) -> SampleFrame {
        let geometry = GridGeometry(
            columns: columns, rows: rows, cellWidth: cell, cellHeight: cell, padding: 2, margin: 2)
        var bytes = [UInt8](repeating: 0, count: geometry.width * geometry.height * 3)
        let bloom = min(Double(step) / 12_000, 1) * (variant == .average ? 1 : 0.8)
        for index in 0..<geometry.count {
            let origin = geometry.origin(of: index)
            for y in 0..<cell {
                for x in 0..<cell {
                    let colour = petal(index, x: x, y: y, cell: cell, bloom: bloom)
                    let place = ((origin.y + y) * geometry.width + origin.x + x) * 3
                    (bytes[place], bytes[place + 1], bytes[place + 2]) = colour
                }
            }
        }
        return SampleFrame(
            step: step, variant: variant,
            pixels: PixelBuffer(
                width: geometry.width, height: geometry.height, format: .rgb, bytes: bytes),
            geometry: geometry, scores: scores, rowTitles: rowTitles)
    }

    /// A pixel of flower `index`: a polynomial of the angle makes the petals.
    private static func petal(
        _ index: Int, x: Int, y: Int, cell: Int, bloom: Double
    ) -> (UInt8, UInt8, UInt8) {
        let u = (Double(x) + 0.5) / Double(cell) * 2 - 1
        let v = (Double(y) + 0.5) / Double(cell) * 2 - 1
        let radius = (u * u + v * v).squareRoot()
        var (cosine, sine) = radius > 0 ? (u / radius, v / radius) : (1, 0)
        var wave = 1.0
        for _ in 0..<(3 + index % 4) {
            (cosine, sine) = (cosine * u - sine * v, cosine * v + sine * u)
        }
        wave =
            radius > 0 ? abs(cosine) / max((cosine * cosine + sine * sine).squareRoot(), 1e-9) : 1
        let size = (0.3 + 0.5 * bloom) * (0.65 + 0.35 * wave)
        let hue = Double(index * 37 % 64) / 64
        let inside = min(max((size - radius) * Double(cell) / 4, 0), 1)
        let heart = min(max((0.16 + 0.06 * bloom - radius) * Double(cell) / 4, 0), 1)
        func mix(_ a: Double, _ b: Double, _ t: Double) -> Double { a + (b - a) * t }
        func channel(_ shift: Double, _ field: Double, _ centre: Double) -> UInt8 {
            var t = hue + shift
            t -= t.rounded(.down)
            let petal = 70 + 170 * min(max(abs(t * 6 - 3) - 1, 0), 1) * (1 - 0.35 * radius)
            return UInt8(min(max(mix(mix(field, petal, inside), centre, heart), 0), 255))
        }
        return (
            channel(0, 28 + 20 * v, 245), channel(2.0 / 3, 58 + 26 * v, 205),
            channel(1.0 / 3, 40 + 10 * v, 92)
        )
    }
}
