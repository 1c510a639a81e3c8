import Imaging
import Testing
import Viewer

/// Samples that belong together: panes side by side, and the wipe.
@Suite struct ComparisonTests {
    static let pairs = PaneLayout("Input", "Output", "Target")
    static let ways = PaneLayout(ways: [
        .init(title: "A to B", panes: ["A", "A as B", "A again"]),
        .init(title: "B to A", panes: ["B", "B as A", "B again"]),
    ])

    private func model(_ panes: PaneLayout?, samples: Int) -> ViewerModel {
        var model = ViewerModel(plots: [.losses], panes: panes, capabilities: [.save])
        _ = model.apply(ViewerUpdate(frames: [SyntheticRun.patches(samples)]), now: 0)
        return model
    }

    private func perform(_ model: inout ViewerModel, _ actions: ComparisonAction...) {
        for action in actions { _ = model.perform(.compare(action), now: 0) }
    }

    @Test func samplesGoToTheirPanes() {
        #expect(Self.pairs.pictureCount(24) == 8 && Self.pairs.pictureCount(25) == nil)
        #expect(Self.ways.pictureCount(36) == 6 && Self.ways.pictureCount(0) == nil)
        var seen: [Int] = []
        for picture in 0..<6 {
            for way in 0..<2 {
                for pane in 0..<3 {
                    seen.append(Self.ways.sample(picture: picture, way: way, pane: pane))
                }
            }
        }
        #expect(seen == Array(0..<36))
        #expect(Self.pairs.pairs.map(\.before) == [0, 1, 0])
        #expect(Self.pairs.pairs.map(\.after) == [1, 2, 2])
        #expect(PaneLayout("Content", "Result").pairs.count == 1)
    }

    @Test func choicesStayAmongWhatThereIs() {
        var model = model(Self.ways, samples: 36)
        #expect(model.comparing == .sides && model.pictureCount == 6)
        perform(&model, .movePicture(-1))
        #expect(model.comparison.picture == 5, "round in a circle")
        perform(&model, .movePicture(2), .nextWay, .nextPair)
        #expect(model.comparison.picture == 1 && model.comparison.way == 1)
        #expect(model.comparison.pair == 1)
        perform(&model, .nextWay, .nextPair, .nextPair, .picture(99), .line(7))
        #expect(model.comparison.way == 0 && model.comparison.pair == 0)
        #expect(model.comparison.picture == 5 && model.comparison.line == 1)
        perform(&model, .moveLine(-0.25), .toggleWipe)
        #expect(model.comparison.line == 0.75 && model.comparing == .wipe)
        // A sheet with fewer pictures, as after a resume with other samples.
        _ = model.apply(ViewerUpdate(frames: [SyntheticRun.patches(12)]), now: 0)
        #expect(model.comparison.picture == 1)
        // And one that was drawn for something else is shown as a sheet.
        _ = model.apply(ViewerUpdate(frames: [SyntheticRun.patches(5)]), now: 0)
        #expect(model.comparing == .sheet)
        perform(&model, .movePicture(1))
        #expect(model.toasts.last?.text.contains("no panes") == true)
    }

    @Test func aMarkedSampleLeadsToItsPicture() {
        var model = model(Self.ways, samples: 36)
        perform(&model, .mode(.sheet))
        for _ in 0..<11 { _ = model.perform(.moveSelection(1, 0), now: 0) }
        #expect(model.selection == 10)
        perform(&model, .mode(.wipe))
        #expect(model.comparison.picture == 1 && model.comparison.way == 1)
    }

    @Test func aRunWithoutPanesHasNothingToCompare() {
        var model = model(nil, samples: 24)
        #expect(model.comparing == nil)
        perform(&model, .mode(.wipe))
        #expect(model.comparing == nil && model.toasts.isEmpty)
        #expect(model.show(.wipe).isEmpty && model.comparing == nil)
    }

    @Test func pagesChooseWhatFillsTheWindow() {
        var model = model(Self.pairs, samples: 24)
        _ = model.show(.wipe)
        #expect(model.comparing == .wipe)
        _ = model.show(.samples)
        #expect(model.comparing == .sheet)
        _ = model.show(.sides)
        #expect(model.comparing == .sides)
    }

    @Test func keysCompare() {
        func action(
            _ key: ViewerKey, _ mode: ComparisonState.Mode, shift: Bool = false
        ) -> ViewerAction? {
            ViewerAction.of(key, shift: shift, overlay: nil, comparing: mode)
        }
        for mode in ComparisonState.Mode.allCases {
            #expect(action(.character("3"), mode) == .compare(.mode(.wipe)))
            #expect(action(.character("w"), mode) == .compare(.toggleWipe))
            #expect(action(.character(","), mode) == .previousSnapshot)
            #expect(action(.character(" "), mode) == .togglePause)
            #expect(action(.escape, mode) == .dismiss)
        }
        #expect(action(.right, .sheet) == .nextSnapshot)
        #expect(action(.right, .sides) == .compare(.movePicture(1)))
        #expect(action(.right, .wipe) == .compare(.moveLine(0.05)))
        #expect(action(.left, .wipe, shift: true) == .compare(.moveLine(-0.01)))
        #expect(action(.down, .wipe) == .compare(.movePicture(1)))
        #expect(action(.character("d"), .wipe) == .compare(.nextWay))
        #expect(action(.character("t"), .sides) == .compare(.nextPair))
        #expect(
            action(.enter, .sheet) == .enlarge && action(.enter, .sides) == .compare(.toggleWipe))
        #expect(action(.character("+"), .wipe) == nil, "the sheet is not shown")
        #expect(
            ViewerAction.of(.left, shift: false, overlay: .enlarged, comparing: .wipe)
                == .moveSelection(-1, 0))
        let keys = KeyList.groups(for: [.save], panes: Self.ways).flatMap { $0.rows.map(\.keys) }
        #expect(keys.contains("D") && keys.contains("T"))
        let fewer = KeyList.groups(for: [.save], panes: PaneLayout("A", "B"))
            .flatMap { $0.rows.map(\.keys) }
        #expect(!fewer.contains("D") && !fewer.contains("T") && !fewer.contains("E"))
    }

    @Test func declaredMeasuresHavePagesOnceTheyHaveCurves() {
        func plot(_ key: String) -> PlotDescription {
            PlotDescription(
                title: key, series: [SeriesDescription(key: key, title: key, hue: .rose)])
        }
        var model = ViewerModel(
            plots: [.losses], measures: [plot("psnr"), plot("lpips"), plot("ssim")],
            capabilities: [])
        #expect(model.metricPlots.isEmpty)
        _ = model.perform(.nextPlots, now: 0)
        #expect(model.toasts.last?.text == "Nothing was measured yet")
        _ = model.apply(
            ViewerUpdate(metrics: [
                MetricPoint(step: 10, values: ["psnr": 20, "ssim": 0.5, "d_loss": 1])
            ]), now: 0)
        #expect(model.metricPlots.map(\.title) == ["psnr", "ssim"])
        _ = model.perform(.nextPlots, now: 0)
        #expect(model.plotPage == 1 && model.shownPlots.map(\.title) == ["psnr"])
        _ = model.perform(.nextPlots, now: 0)
        #expect(model.shownPlots.map(\.title) == ["ssim"])
    }
}

extension DrawnTests.SnapshotTests {
    /// Where a colour is on the window: the box of all pixels that have it.
    private func box(_ colour: Colour, _ picture: PixelBuffer, in rect: Rect) -> Rect? {
        let wanted = Pixel(colour)
        var (left, right, top, bottom) = (Int.max, Int.min, Int.max, Int.min)
        for y in Int(rect.y)..<Int(rect.bottom) {
            for x in Int(rect.x)..<Int(rect.right) where Pixel(picture, x, y).isNear(wanted, by: 2)
            {
                (left, right) = (min(left, x), max(right, x))
                (top, bottom) = (min(top, y), max(bottom, y))
            }
        }
        guard left <= right else { return nil }
        return Rect(
            x: Float(left), y: Float(top), width: Float(right - left + 1),
            height: Float(bottom - top + 1))
    }

    @Test func panesStandSideBySideUnderTheirNames() throws {
        let scene = Scene(
            name: "panes", frame: SyntheticRun.patches(24),
            actions: [.compare(.picture(3))], panes: ComparisonTests.pairs)
        let drawing = try draw(scene).drawing
        var boxes: [Rect] = []
        for (pane, name) in ["Input", "Output", "Target"].enumerated() {
            let colour = SyntheticRun.paneColour(3 * 3 + pane)
            let text = try #require(drawing.texts.first { $0.text == name })
            // Above the strip, where the made pane is drawn once more, small.
            var area = drawing.layout.grid
            area.height *= 0.7
            let found = try #require(box(colour, drawing.picture, in: area), "\(name)")
            #expect(abs(text.rect.centre.x - found.centre.x) < 3 && text.rect.bottom <= found.y)
            boxes.append(found)
        }
        #expect(boxes[0].right < boxes[1].x && boxes[1].right < boxes[2].x)
        #expect(boxes.allSatisfy { abs($0.width - boxes[0].width) <= 2 && $0.width > 200 })
        #expect(drawing.texts.contains { $0.text == "Picture 4 of 8" })
    }

    @Test(arguments: [0.0, 0.25, 0.5, 1.0])
    func theWipeShowsBeforeLeftAndAfterRight(line: Double) throws {
        let scene = Scene(
            name: "wiped", frame: SyntheticRun.patches(36),
            actions: [
                .compare(.mode(.wipe)), .compare(.picture(2)), .compare(.way(1)),
                .compare(.line(line)),
            ], panes: ComparisonTests.ways)
        let drawing = try draw(scene).drawing
        var area = drawing.layout.grid
        area.height *= 0.8
        let before = box(SyntheticRun.paneColour(15), drawing.picture, in: area)
        let after = box(SyntheticRun.paneColour(16), drawing.picture, in: area)
        #expect((before == nil) == (line == 0) && (after == nil) == (line == 1))
        if let before, let after {
            #expect(before.right <= after.x + 1)
            let whole = after.right - before.x
            #expect(abs(Double(before.width / whole) - line) < 0.02)
            #expect(whole > 300, "a large picture")
        }
        for name in ["B", "B as A", "B to A", "Picture 3 of 6"] {
            #expect(drawing.texts.contains { $0.text == name }, "\(name)")
        }
        #expect(!drawing.texts.contains { $0.text == "B again" })
    }
}
