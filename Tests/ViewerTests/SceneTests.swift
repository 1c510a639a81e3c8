import Imaging
import Testing
import Viewer

/// What stands on the screen beside samples and losses: scores, classes, health, metrics, the explorer.
extension DrawnTests.SnapshotTests {
    @Test func warningsSayWhatToDo() throws {
        let scene = Scene(
            name: "warnings",
            warnings: [DrawnTests.SnapshotTests.alarm, DrawnTests.SnapshotTests.collapse])
        let drawing = try draw(scene).drawing
        let strip = try #require(drawing.layout.warnings)
        #expect(!strip.overlaps(drawing.layout.grid))
        func place(_ text: String) -> Float? {
            drawing.texts.first { $0.text.contains(text) && strip.contains($0.rect) }?.rect.y
        }
        let (first, second) = (try #require(place("D wins")), place("G collapses"))
        #expect(first < (second ?? 0), "the newest is on top")
        #expect(place("relativistic pairs") != nil && place("earlier checkpoint") != nil)
        #expect(place("Step 12,300") != nil)
        #expect(drawing.picture.count(of: Theme.rose, in: strip) > 20, "one is critical")
    }

    @Test func whatFindsNoRoomIsCounted() throws {
        let scene = Scene(
            name: "many", width: 720, height: 480,
            warnings: [
                DrawnTests.SnapshotTests.alarm, DrawnTests.SnapshotTests.collapse,
                DrawnTests.SnapshotTests.alarm,
            ])
        let drawing = try draw(scene).drawing
        let strip = try #require(drawing.layout.warnings)
        #expect(strip.height < drawing.layout.grid.height)
        #expect(drawing.texts.contains { $0.text.hasPrefix("and ") && strip.contains($0.rect) })
    }

    @Test func scoresStandUnderTheirSamples() throws {
        let frame = SyntheticRun.classes(DrawnTests.SnapshotTests.classes)
        let (drawing, model) = try draw(Scene(name: "scores", frame: frame))
        let placement = model.gridView.frame(
            of: frame.geometry, gap: 2, caption: 17, in: model.gridPanel)
        for index in [0, 9, 39] {
            let cell = placement.rect(of: index)
            let text = drawing.texts.first {
                $0.text == NumberText.score(frame.scores[index])
                    && abs($0.rect.centre.x - cell.centre.x) < 2
                    && $0.rect.y >= cell.bottom - 1 && $0.rect.bottom <= cell.bottom + 18
            }
            #expect(text != nil, "sample \(index)")
        }
        for (row, name) in DrawnTests.SnapshotTests.classes.enumerated() {
            let text = try #require(drawing.texts.first { $0.text == name }, "\(name)")
            let cell = placement.rect(of: row * 8)
            #expect(abs(text.rect.centre.y - cell.centre.y) < 2)
            #expect(text.rect.right <= cell.x)
        }
        let hidden = try draw(Scene(name: "none", frame: frame, actions: [.toggleScores]))
        let score = NumberText.score(frame.scores[9])
        #expect(!hidden.drawing.texts.contains { $0.text == score })
    }

    @Test func anEnlargedSampleSaysItsClassAndScore() throws {
        let frame = SyntheticRun.classes(DrawnTests.SnapshotTests.classes)
        let scene = Scene(name: "one", frame: frame, actions: [.enlargeSample(19)])
        let score = NumberText.score(frame.scores[19])
        let texts = try draw(scene).drawing.texts
        #expect(
            texts.contains { $0.text.contains("lilies of the valley, D's score \(score)") })
    }

    @Test func metricsHavePagesOfPlots() throws {
        let keys = ["fid", "kid", "recall", "coverage", "density"]
        var seen: Set<String> = []
        for presses in 1...5 {
            let scene = Scene(
                name: "metrics", width: 800, height: 600, actions: [.nextPlots],
                metrics: keys)
            var (drawing, model) = try draw(scene)
            for _ in 1..<presses {
                _ = model.perform(.nextPlots, now: 0)
                drawing = try ViewerSnapshot.draw(&model, width: 800, height: 600, scale: 1)
            }
            let titles = drawing.texts.map(\.text).filter { keys.contains($0) }
            #expect(titles.isEmpty == (model.plotPage == 0))
            seen.formUnion(titles)
        }
        #expect(seen == Set(keys))
    }

    @Test func theExplorerShowsWhatIsChosen() throws {
        let scene = Scene(
            name: "explorer",
            actions: [
                .toggleExplorer, .explore(.share(0.35)), .explore(.toggleGroup(.coarse)),
                .explore(.toggleLayer(9)), .explore(.moveClass(2)),
            ], network: SyntheticRun.styled)
        let (drawing, model) = try draw(scene)
        let texts = drawing.texts.map(\.text)
        for text in [
            "lilies of the valley", "35%", "Truncation", "1.00", "A: seed 1", "B: seed 2",
            "step 12,400, StyleGAN2 128x128", "Coarse", "4x4 to 8x8", "11",
        ] {
            #expect(texts.contains(text), "\(text) is not there: \(texts)")
        }
        #expect(texts.contains { $0.contains("35%") && $0.contains("D's score 1.25") })
        // A checked box is filled.
        let panel = try #require(drawing.layout.explorer)
        for (layer, isOn) in [("2", true), ("9", true), ("5", false)] {
            let text = try #require(
                drawing.texts.first { $0.text == layer && panel.contains($0.rect) })
            let box = Rect(
                x: text.rect.x - 19, y: text.rect.centre.y - 6, width: 12, height: 12)
            #expect((drawing.picture.count(of: Theme.accent, in: box) > 50) == isOn, "\(layer)")
        }
        let frame = try #require(model.explorer.frame).content
        let centre = drawing.layout.grid.inset(x: 16, y: 12)
        let heart = Pixel(frame.pixels, frame.geometry.origin(of: 0).x + 32, 34)
        #expect(
            Pixel(drawing.picture, Int(centre.centre.x), Int(centre.centre.y - 13))
                .isNear(heart, by: 10))
    }
}
