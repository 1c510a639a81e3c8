import Foundation
import Imaging
import Synchronization
import Testing
import Viewer

/// A colour that was read back.
struct Pixel: Equatable, CustomStringConvertible {
    var red, green, blue: Int
    var description: String { "(\(red), \(green), \(blue))" }

    init(_ picture: PixelBuffer, _ x: Int, _ y: Int) {
        let channels = picture.format.channelCount
        let place = (y * picture.width + x) * channels
        red = Int(picture.bytes[place])
        green = Int(picture.bytes[place + 1])
        blue = Int(picture.bytes[place + 2])
    }

    init(_ colour: Colour) {
        red = Int(colour.red)
        green = Int(colour.green)
        blue = Int(colour.blue)
    }

    func isNear(_ other: Pixel, by limit: Int = 6) -> Bool {
        abs(red - other.red) <= limit && abs(green - other.green) <= limit
            && abs(blue - other.blue) <= limit
    }
}

extension PixelBuffer {
    /// How many pixels of a rectangle are near a colour.
    func count(of colour: Colour, in rect: Rect, scale: Float = 1, by limit: Int = 6) -> Int {
        let wanted = Pixel(colour)
        var count = 0
        for y in Int(rect.y * scale)..<Int(rect.bottom * scale) {
            for x in Int(rect.x * scale)..<Int(rect.right * scale)
            where Pixel(self, x, y).isNear(wanted, by: limit) {
                count += 1
            }
        }
        return count
    }
}

extension DrawnTests {
    @Suite struct SnapshotTests {
        struct Scene: Sendable, CustomTestStringConvertible {
            var name: String
            var width = 1280
            var height = 800
            var scale = 1.0
            var warnings: [ViewerWarning] = []
            var frame: SampleFrame?
            var state = RunState.running
            var actions: [ViewerAction] = []
            var pointer: Point?
            var messages: [String] = []
            var metrics: [String] = []
            var network: ExplorerDescription?
            var panes: PaneLayout?
            var testDescription: String { name }
        }

        static let alarm = ViewerWarning(
            title: "D wins", step: 12_300,
            happening: "the discriminator scores real pictures 0.98 and made ones 0.02",
            advice: "Use relativistic pairs with R1 and R2, packing, or a lower learning rate")
        static let collapse = ViewerWarning(
            title: "G collapses", step: 12_000,
            happening: "samples are 0.11 times as far apart as real pictures are",
            advice: "Take an earlier checkpoint, and raise gamma of R1", isCritical: true)
        static let classes = ["daisies", "roses", "lilies of the valley", "tulips", "poppies"]
        static let scenes = [
            Scene(name: "usual"), Scene(name: "double scale", scale: 2),
            Scene(name: "one and a half", scale: 1.5),
            Scene(name: "small", width: 900, height: 600),
            Scene(name: "least", width: 720, height: 480),
            Scene(name: "small with warnings", width: 900, height: 600, warnings: [alarm, alarm]),
            Scene(name: "warnings", warnings: [alarm, collapse]),
            Scene(
                name: "warnings, least", width: 720, height: 480,
                warnings: [alarm, collapse, alarm]),
            Scene(
                name: "scores",
                frame: SyntheticRun.flowers(
                    step: 12_400, scores: SyntheticRun.scores(64))),
            Scene(
                name: "classes", frame: SyntheticRun.classes(classes),
                pointer: Point(x: 400, y: 300)),
            Scene(
                name: "classes, small, one and a half", width: 800, height: 600, scale: 1.5,
                warnings: [collapse], frame: SyntheticRun.classes(classes)),
            Scene(
                name: "many classes, least", width: 720, height: 480,
                frame: SyntheticRun.classes((0..<32).map { "class \($0)" }, columns: 4, cell: 16)),
            Scene(
                name: "zoomed classes", frame: SyntheticRun.classes(classes),
                actions: [.zoomIn, .zoomIn, .zoomIn, .zoomIn]),
            Scene(
                name: "enlarged with its score", frame: SyntheticRun.classes(classes),
                actions: [.enlargeSample(19)]),
            Scene(
                name: "metrics", actions: [.nextPlots], metrics: ["fid", "kid", "precision"]),
            Scene(
                name: "metrics, small", width: 800, height: 600, actions: [.nextPlots],
                metrics: ["fid squeezenet1.0_pool", "kid", "recall", "coverage"]),
            Scene(name: "metrics not shown", width: 900, height: 600, metrics: ["fid"]),
            Scene(
                name: "explorer", actions: [.toggleExplorer], network: SyntheticRun.styled),
            Scene(
                name: "explorer, small", width: 800, height: 600,
                actions: [
                    .toggleExplorer, .explore(.share(0.35)), .explore(.toggleGroup(.coarse)),
                    .explore(.moveClass(2)),
                ], network: SyntheticRun.styled),
            Scene(
                name: "explorer, least", width: 720, height: 480,
                actions: [.toggleExplorer, .explore(.toggleLayer(7))],
                network: SyntheticRun.styled),
            Scene(
                name: "explorer, large", width: 2560, height: 1440,
                actions: [.toggleExplorer, .explore(.share(1))], network: SyntheticRun.styled),
            Scene(
                name: "explorer, plain", scale: 2, actions: [.toggleExplorer],
                network: ExplorerDescription(step: 400, detail: "DCGAN 64x64")),
            Scene(name: "explorer, nothing", width: 720, height: 480, actions: [.toggleExplorer]),
            Scene(
                name: "explorer, help", width: 720, height: 480,
                actions: [.toggleExplorer, .toggleHelp], network: SyntheticRun.styled),
            Scene(name: "sides", frame: SyntheticRun.patches(24), panes: ComparisonTests.pairs),
            Scene(
                name: "sides, least", width: 720, height: 480, warnings: [alarm],
                frame: SyntheticRun.patches(24), panes: ComparisonTests.pairs),
            Scene(
                name: "sides, wide cells", width: 900, height: 600, scale: 1.5,
                frame: SyntheticRun.patches(8, columns: 2, cell: (96, 32)),
                panes: PaneLayout("Content", "Result")),
            Scene(
                name: "wipe", frame: SyntheticRun.patches(24),
                actions: [.compare(.mode(.wipe)), .compare(.movePicture(2))],
                pointer: Point(x: 300, y: 400), panes: ComparisonTests.pairs),
            Scene(
                name: "wipe, least", width: 720, height: 480, frame: SyntheticRun.patches(36),
                actions: [.compare(.mode(.wipe)), .compare(.nextPair), .compare(.way(1))],
                panes: ComparisonTests.ways),
            Scene(
                name: "wipe, both directions", scale: 2, frame: SyntheticRun.patches(36),
                actions: [.compare(.mode(.wipe)), .compare(.line(0))],
                panes: ComparisonTests.ways),
            Scene(
                name: "sides, one picture", frame: SyntheticRun.patches(6),
                panes: ComparisonTests.ways),
            Scene(
                name: "sheet of pairs", width: 900, height: 600, frame: SyntheticRun.patches(24),
                actions: [.compare(.mode(.sheet)), .zoomIn], panes: ComparisonTests.pairs),
            Scene(
                name: "comparison, help", width: 720, height: 480,
                frame: SyntheticRun.patches(36), actions: [.toggleHelp],
                panes: ComparisonTests.ways),
            Scene(name: "help", actions: [.toggleHelp]),
            Scene(name: "help, small", width: 900, height: 600, actions: [.toggleHelp]),
            Scene(name: "help, least", width: 720, height: 480, actions: [.toggleHelp]),
            Scene(name: "enlarged", actions: [.enlargeSample(19)]),
            Scene(name: "enlarged, small", width: 900, height: 600, actions: [.enlargeSample(3)]),
            Scene(name: "stop?", state: .paused, actions: [.askStop]),
            Scene(name: "snapshot", actions: [.snapshot(7)], pointer: Point(x: 1100, y: 400)),
            Scene(name: "hint", pointer: Point(x: 820, y: 32)),
            Scene(
                name: "failed", state: .failed("The loss is not finite at step 12,400 (D main).")),
            Scene(
                name: "messages", width: 900, height: 600,
                messages: [
                    "Saved samples/grid-12400.png", String(repeating: "a long path/", count: 30),
                ]),
            Scene(name: "silent", state: .lost(seconds: 312)),
            Scene(name: "finished", width: 2560, height: 1440, state: .finished),
        ]

        func draw(_ scene: Scene) throws -> (drawing: ViewerSnapshot.Drawing, model: ViewerModel) {
            var update = SyntheticRun.typical(state: scene.state, warnings: scene.warnings)
            if let frame = scene.frame { update.frames = [frame] }
            update.metrics += SyntheticRun.metrics(scene.metrics)
            let source = SyntheticRun(
                capabilities: [.control, .save, .variants, .explore], updates: [update],
                network: scene.network, panes: scene.panes)
            var model = ViewerModel(for: source)
            ViewerSnapshot.fill(&model, from: source)
            for action in scene.actions {
                ViewerSnapshot.perform(
                    model.perform(action, now: 0), on: &model, source: source)
            }
            for message in scene.messages { model.show(message, now: 0) }
            let drawing = try ViewerSnapshot.draw(
                &model, width: scene.width, height: scene.height, scale: scene.scale,
                pointer: scene.pointer)
            return (drawing, model)
        }

        /// Names a folder for pictures of the scenes, to be looked at.
        private static let folder =
            ProcessInfo.processInfo.environment["ATELIER_SCENES"]

        private static func keep(_ drawing: ViewerSnapshot.Drawing, of scene: Scene) throws {
            guard let folder else { return }
            let name = scene.name.map { $0.isLetter || $0.isNumber ? $0 : "-" }
            try PNGFile.write(drawing.picture, to: "\(folder)/\(String(name)).png")
        }

        @Test(arguments: scenes)
        func textsStayInTheirBoxesAndApart(scene: Scene) throws {
            let drawing = try draw(scene).drawing
            try Self.keep(drawing, of: scene)
            let texts = drawing.texts
            #expect(texts.count > 15)
            let window = Rect(
                x: 0, y: 0, width: Float(scene.width), height: Float(scene.height))
            for (index, text) in texts.enumerated() {
                #expect(window.contains(text.rect), "\(text.text) leaves the window")
                #expect(
                    text.rect.x >= text.box.x - 1 && text.rect.right <= text.box.right + 1.5,
                    "\(text.text) leaves its box \(text.box): \(text.rect)")
                for other in texts[(index + 1)...] where other.layer == text.layer {
                    #expect(
                        !text.rect.overlaps(other.rect, tolerance: 1),
                        "\(text.text) and \(other.text) overlap")
                }
            }
        }

        @Test func theUsualWindowSaysEverything() throws {
            let texts = Set(try draw(Scene(name: "usual")).drawing.texts.map(\.text))
            for text in [
                "flowers-64", "Running", "Step 12,400", "Step 12,400 of 50,000", "794k", "412/s",
                "32m 04s", "1h 37m", "25%", "Loss", "D's score", "Discriminator", "Generator",
                "Real", "Generated", "Pause", "Stop", "Save", "EMA", "Raw", "Live", "25 snapshots",
            ] {
                #expect(texts.contains(text), "\(text) is not there: \(texts.sorted())")
            }
        }

        @Test(arguments: [1.0, 2.0])
        func samplesAreDrawnWhereTheyBelong(scale: Double) throws {
            let (drawing, model) = try draw(Scene(name: "samples", scale: scale))
            let frame = try #require(model.shown).content
            let placement = model.gridView.frame(
                of: frame.geometry, gap: Float(2 * scale), in: model.gridPanel)
            for index in [0, 7, 27, 63] {
                let origin = frame.geometry.origin(of: index)
                let rect = placement.rect(of: index)
                for (u, v) in [(0.5, 0.5), (0.12, 0.12), (0.9, 0.85)] {
                    let drawn = Pixel(
                        drawing.picture, Int(rect.x + rect.width * Float(u)),
                        Int(rect.y + rect.height * Float(v)))
                    let source = Pixel(frame.pixels, origin.x + Int(u * 64), origin.y + Int(v * 64))
                    #expect(drawn.isNear(source, by: 14), "sample \(index) at \(u), \(v)")
                }
            }
        }

        @Test func curvesAreDrawnInTheirColours() throws {
            let drawing = try draw(Scene(name: "curves")).drawing
            let plots = drawing.layout.plots
            #expect(plots.count == 2)
            for (plot, colours, others) in [
                (0, [Theme.blue, Theme.amber], [Theme.rose]),
                (1, [Theme.green, Theme.rose], [Theme.amber]),
            ] {
                let inner = plots[plot].inset(x: 52, y: 44)
                for colour in colours {
                    #expect(drawing.picture.count(of: colour, in: inner, by: 24) > 100)
                }
                for colour in others {
                    #expect(drawing.picture.count(of: colour, in: inner, by: 24) == 0)
                }
            }
            // The generator's loss is the greater one in the synthetic run.
            let inner = plots[0].inset(x: 52, y: 44)
            let upper = Rect(x: inner.x, y: inner.y, width: inner.width, height: inner.height / 2)
            #expect(drawing.picture.count(of: Theme.blue, in: upper, by: 24) == 0)
        }

        @Test func theBarIsAsFullAsTheRun() throws {
            let drawing = try draw(Scene(name: "bar")).drawing
            let status = drawing.layout.status
            let filled =
                (Int(status.y)..<Int(status.bottom)).map { y in
                    drawing.picture.count(
                        of: Theme.green,
                        in: Rect(x: status.x, y: Float(y), width: status.width, height: 1))
                }.max() ?? 0
            #expect(abs(Float(filled) / (status.width - 28) - 0.248) < 0.02)
        }

        @Test func doubleScaleIsDrawnNotStretched() throws {
            let once = try draw(Scene(name: "once")).drawing
            let twice = try draw(Scene(name: "twice", scale: 2)).drawing
            #expect(twice.picture.width == 2560 && twice.picture.height == 1600)
            let small = try #require(once.texts.first { $0.text == "flowers-64" })
            let large = try #require(twice.texts.first { $0.text == "flowers-64" })
            #expect(abs(small.rect.height - large.rect.height) <= 1)
            // Enlarged pixels come in equal blocks of four, text drawn at twice the size does not.
            var uneven = 0
            let area = large.rect
            for y in Int(area.y)..<Int(area.bottom) {
                for x in Int(area.x)..<Int(area.right) {
                    let first = Pixel(twice.picture, 2 * x, 2 * y)
                    if first != Pixel(twice.picture, 2 * x + 1, 2 * y)
                        || first != Pixel(twice.picture, 2 * x, 2 * y + 1)
                    {
                        uneven += 1
                    }
                }
            }
            #expect(uneven > 100)
        }

        @Test func theSameStateGivesTheSameBytes() throws {
            let first = try ViewerSnapshot.render(source: SyntheticRun())
            let second = try ViewerSnapshot.render(source: SyntheticRun())
            #expect(first.width == 1280 && first.height == 800 && first.format == .rgb)
            #expect(first == second)
        }

        @Test func anEnlargedSampleFillsTheWindow() throws {
            let (drawing, model) = try draw(Scene(name: "enlarged", actions: [.enlargeSample(19)]))
            let frame = try #require(model.shown).content
            let origin = frame.geometry.origin(of: 19)
            let heart = Pixel(frame.pixels, origin.x + 32, origin.y + 32)
            #expect(Pixel(drawing.picture, 640, 404).isNear(heart))
            let field = Pixel(frame.pixels, origin.x + 2, origin.y + 2)
            #expect(Pixel(drawing.picture, 325, 88).isNear(field, by: 10))
            #expect(drawing.texts.contains { $0.text.hasPrefix("Sample 20 of 64, step 12,400") })
        }

        @Test func aFinishedRunIsDrawnFromItsLastSnapshot() throws {
            var update = SyntheticRun.typical(state: .finished)
            update.frames = []
            let source = SyntheticRun(updates: [update])
            var model = ViewerModel(plots: source.plots, capabilities: [])
            ViewerSnapshot.fill(&model, from: source)
            let drawing = try ViewerSnapshot.draw(&model, width: 1280, height: 800, scale: 1)
            #expect(source.record.withLock { $0.loads } == ["s24 average"])
            #expect(drawing.texts.contains { $0.text == "Step 12,000" })
            #expect(drawing.texts.contains { $0.text == "Finished" })
        }

        @Test func anEmptyRunIsDrawnToo() throws {
            let source = SyntheticRun(capabilities: [], updates: [])
            let picture = try ViewerSnapshot.render(source: source)
            #expect(picture.width == 1280)
        }

        @Test func oddGridsAreDrawn() throws {
            let formats: [(PixelFormat, Int, Int)] = [
                (.grey, 1, 1), (.greyAlpha, 3, 200), (.rgba, 600, 2), (.rgb, 1, 513),
            ]
            for (format, cellWidth, cellHeight) in formats {
                let geometry = GridGeometry(
                    columns: 3, rows: 2, cellWidth: cellWidth, cellHeight: cellHeight, padding: 1,
                    count: 5)
                let frame = SampleFrame(
                    step: 1,
                    pixels: PixelBuffer(
                        width: geometry.width, height: geometry.height, format: format,
                        fill: [UInt8](repeating: 255, count: format.channelCount)),
                    geometry: geometry)
                let source = SyntheticRun(updates: [ViewerUpdate(frames: [frame])])
                var model = ViewerModel(plots: source.plots, capabilities: source.capabilities)
                ViewerSnapshot.fill(&model, from: source)
                let drawing = try ViewerSnapshot.draw(&model, width: 1280, height: 800, scale: 1)
                let place = model.gridView.frame(
                    of: geometry, gap: 2, in: model.gridPanel
                ).rect(of: 4).centre
                #expect(
                    Pixel(drawing.picture, Int(place.x), Int(place.y))
                        .isNear(Pixel(Colour(0xFFFFFF))), "\(format)")
            }
        }

        @Test(arguments: [(0, 0, 1.0), (100, 100, 1), (1280, 800, 9), (20_000, 800, 1)])
        func absurdSizesAreRefused(width: Int, height: Int, scale: Double) {
            #expect(throws: ViewerError.badSize(width: width, height: height, scale: scale)) {
                try ViewerSnapshot.render(
                    source: SyntheticRun(), width: width, height: height, scale: scale)
            }
        }
    }
}
