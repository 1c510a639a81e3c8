import Testing
import Viewer

@Suite struct ViewerModelTests {
    func model(
        _ update: ViewerUpdate = SyntheticRun.typical(cell: 8, points: 20),
        capabilities: ViewerCapabilities = [.control, .save, .variants]
    ) -> ViewerModel {
        var model = ViewerModel(plots: [.losses, .scores], capabilities: capabilities)
        _ = model.apply(update, now: 0)
        return model
    }

    func names(_ effects: [ViewerEffect]) -> [String] {
        effects.map { effect in
            switch effect {
            case .pause: "pause"
            case .resume: "resume"
            case .stop: "stop"
            case .save(let frame): "save \(frame.step) \(frame.variant)"
            case .load(let snapshot, let variant): "load \(snapshot.identifier) \(variant)"
            case .openExplorer: "open"
            case .explore(let request):
                "explore \(request.first) \(request.second) \(request.share)"
            case .saveExplored(let request): "save \(request.first)"
            case .close: "close"
            }
        }
    }

    @Test func pauseAndResumeWaitForTheRun() {
        var model = model()
        #expect(names(model.perform(.togglePause, now: 0)) == ["pause"])
        #expect(model.pending == .pause)
        #expect(names(model.perform(.togglePause, now: 0)) == ["resume"], "it changes its mind")
        _ = model.perform(.togglePause, now: 0)
        _ = model.apply(SyntheticRun.typical(state: .paused, cell: 8, points: 1), now: 1)
        #expect(model.pending == nil)
        #expect(names(model.perform(.togglePause, now: 1)) == ["resume"])
        _ = model.apply(SyntheticRun.typical(state: .running, cell: 8, points: 1), now: 2)
        #expect(model.pending == nil)
    }

    @Test func stopAsksFirst() {
        var model = model()
        #expect(model.perform(.confirm, now: 0).isEmpty)
        #expect(model.perform(.askStop, now: 0).isEmpty)
        #expect(model.overlay == .confirmStop)
        #expect(model.perform(.dismiss, now: 0).isEmpty)
        #expect(model.overlay == nil && model.pending == nil)
        _ = model.perform(.askStop, now: 0)
        #expect(names(model.perform(.confirm, now: 0)) == ["stop"])
        #expect(model.perform(.togglePause, now: 0).isEmpty, "it is stopping already")
    }

    @Test func aFinishedRunIsNotControlled() {
        var model = model(SyntheticRun.typical(state: .finished, cell: 8, points: 2))
        #expect(model.perform(.togglePause, now: 0).isEmpty)
        #expect(model.perform(.askStop, now: 0).isEmpty)
        #expect(model.overlay == nil)
        #expect(model.toasts.count == 1)
    }

    @Test func aRequestThatFailsIsTakenBack() {
        var model = model()
        _ = model.perform(.togglePause, now: 0)
        model.requestFailed(SyntheticRun.Failure(description: "disk full"), now: 0)
        #expect(model.pending == nil)
        #expect(model.toasts.last?.isError == true)
        #expect(model.toasts.last?.text.contains("disk full") == true)
    }

    @Test func travelsThroughTheSnapshots() {
        var model = model()
        #expect(model.shownSnapshot == nil)
        #expect(names(model.perform(.previousSnapshot, now: 0)) == ["load s24 average"])
        #expect(model.shown?.content.step == 12_400, "the old grid stays until the new one is read")
        #expect(model.isLoading)
        load(24, into: &model)
        #expect(model.shown?.content.step == 12_000)
        #expect(names(model.perform(.firstSnapshot, now: 0)) == ["load s0 average"])
        _ = model.perform(.previousSnapshot, now: 0)
        #expect(model.position == .snapshot(0))
        _ = model.perform(.snapshot(23), now: 0)
        #expect(model.perform(.nextSnapshot, now: 0).isEmpty, "it is in memory")
        #expect(model.position == .snapshot(24))
        _ = model.perform(.nextSnapshot, now: 0)
        #expect(model.position == .live)
        #expect(model.shown?.content.step == 12_400)
    }

    private func load(_ index: Int, into model: inout ViewerModel) {
        _ = model.finishLoading(
            SnapshotReference(identifier: "s\(index)", step: index * 500), variant: model.variant,
            result: .success(
                SyntheticRun.flowers(step: index * 500, variant: model.variant, cell: 8)), now: 0)
    }

    @Test func anUnreadableSnapshotIsNamedOnce() {
        var model = model()
        _ = model.perform(.previousSnapshot, now: 0)
        let again = model.finishLoading(
            SnapshotReference(identifier: "s24", step: 12_000), variant: .average,
            result: .failure(SyntheticRun.Failure(description: "torn file")), now: 0)
        #expect(again.isEmpty, "it is not read again and again")
        #expect(model.toasts.last?.text.contains("torn file") == true)
        #expect(model.shown != nil)
    }

    @Test func theScrubberFollowsItsSnapshot() {
        var model = model()
        _ = model.perform(.snapshot(10), now: 0)
        let list = (5...30).map { SnapshotReference(identifier: "s\($0)", step: $0 * 500) }
        _ = model.apply(ViewerUpdate(snapshots: list), now: 0)
        #expect(model.position == .snapshot(5))
        #expect(model.snapshots[5].identifier == "s10")
        _ = model.apply(ViewerUpdate(snapshots: []), now: 0)
        #expect(model.position == .live)
    }

    @Test func aRunWithoutLiveSamplesShowsItsLastSnapshot() {
        var update = SyntheticRun.typical(state: .finished, cell: 8, points: 2)
        update.frames = []
        var model = ViewerModel(plots: [.losses], capabilities: [])
        #expect(names(model.apply(update, now: 0)) == ["load s24 average"])
        #expect(model.shownSnapshot == 24)
    }

    @Test func playsToTheEndAndStops() {
        var model = model()
        for index in 0...24 { load(index, into: &model) }
        _ = model.perform(.togglePlay, now: 0)
        #expect(model.position == .snapshot(0))
        var seen: [Int] = []
        for tick in 1...100 where model.isPlaying {
            _ = model.tick(now: Double(tick) * ViewerModel.playInterval * 1.25)
            if case .snapshot(let index) = model.position { seen.append(index) }
        }
        #expect(seen == Array(1...24))
        #expect(model.position == .live && !model.isPlaying)
    }

    @Test func playingWaitsForWhatIsRead() {
        var model = model()
        _ = model.perform(.togglePlay, now: 0)
        _ = model.tick(now: 10)
        #expect(model.position == .snapshot(0))
        load(0, into: &model)
        #expect(names(model.tick(now: 20)) == ["load s1 average"])
    }

    @Test func aResumedRunCutsItsCurves() throws {
        var model = model()
        let value = { (step: Int) in MetricPoint(step: step, values: ["g_loss": Double(step)]) }
        _ = model.apply(
            ViewerUpdate(metrics: [value(20_000), value(20_010), value(20_020)]), now: 0)
        _ = model.apply(ViewerUpdate(metrics: [value(20_010)]), now: 0)
        let steps = try #require(model.curves["g_loss"]).buckets.suffix(2).map(\.lastStep)
        #expect(steps == [20_000, 20_010])
    }

    @Test func samplesAreMarkedAndEnlarged() {
        var model = model()
        _ = model.perform(.enlarge, now: 0)
        #expect(model.selection == 0 && model.overlay == .enlarged)
        for _ in 0..<3 { _ = model.perform(.moveSelection(1, 0), now: 0) }
        _ = model.perform(.moveSelection(0, 1), now: 0)
        #expect(model.selection == 11)
        _ = model.perform(.moveSelection(0, -1), now: 0)
        _ = model.perform(.moveSelection(0, -1), now: 0)
        #expect(model.selection == 3, "there is no row above the first")
        #expect(model.perform(.dismiss, now: 0).isEmpty)
        #expect(model.overlay == nil)
        #expect(names(model.perform(.dismiss, now: 0)) == ["close"])
        _ = model.perform(.enlargeSample(999), now: 0)
        #expect(model.overlay == nil)
        _ = model.perform(.enlargeSample(63), now: 0)
        let small = SyntheticRun.flowers(step: 13_000, cell: 8, columns: 2, rows: 2)
        _ = model.apply(ViewerUpdate(frames: [small]), now: 0)
        #expect(model.selection == 3, "a smaller grid takes the mark along")
    }

    @Test func savesWhatIsShown() {
        var model = model()
        #expect(names(model.perform(.saveGrid, now: 0)) == ["save 12400 average"])
        _ = model.perform(.toggleVariant, now: 0)
        #expect(names(model.perform(.saveGrid, now: 0)) == ["save 12400 raw"])
        var fixed = self.model(capabilities: [])
        #expect(fixed.perform(.saveGrid, now: 0).isEmpty)
        _ = fixed.perform(.toggleVariant, now: 0)
        #expect(fixed.variant == .average)
    }

    @Test func messagesGoAway() {
        var model = model()
        for index in 0..<6 { model.show("message \(index)", now: Double(index) / 10) }
        #expect(model.toasts.map(\.text) == (2..<6).map { "message \($0)" })
        model.show("message 5", now: 1)
        #expect(model.toasts.count == 4, "the same message stands there once")
        _ = model.tick(now: 1 + ViewerModel.toastDuration)
        #expect(model.toasts.isEmpty)
    }

    @Test(arguments: [
        (ViewerKey.character(" "), ViewerAction.togglePause), (.character("s"), .saveGrid),
        (.left, .previousSnapshot), (.right, .nextSnapshot), (.home, .firstSnapshot),
        (.end, .live), (.character("+"), .zoomIn), (.character("-"), .zoomOut),
        (.character("0"), .zoomFit), (.enter, .enlarge), (.character("e"), .toggleVariant),
        (.f1, .toggleHelp), (.character("?"), .toggleHelp), (.character("q"), .close),
        (.escape, .dismiss), (.character("p"), .togglePlay), (.character("x"), .askStop),
        (.character("g"), .toggleExplorer), (.character("m"), .nextPlots),
        (.character("d"), .toggleScores),
    ])
    func keys(key: ViewerKey, action: ViewerAction) {
        #expect(ViewerAction.of(key, shift: false, overlay: nil) == action)
    }

    @Test func keysMeanOtherThingsUnderAnOverlay() {
        #expect(ViewerAction.of(.left, shift: false, overlay: .enlarged) == .moveSelection(-1, 0))
        #expect(ViewerAction.of(.enter, shift: false, overlay: .enlarged) == .dismiss)
        #expect(ViewerAction.of(.enter, shift: false, overlay: .confirmStop) == .confirm)
        #expect(ViewerAction.of(.character(" "), shift: false, overlay: .confirmStop) == nil)
        #expect(ViewerAction.of(.left, shift: true, overlay: nil) == .pan(0.2, 0))
    }

    @Test func theListOfKeysHoldsOnlyThoseThatDoSomething() {
        func keys(_ capabilities: ViewerCapabilities) -> [String] {
            KeyList.groups(for: capabilities).flatMap { $0.rows.map(\.keys) }
        }
        #expect(keys([.control, .save, .variants]).contains("E"))
        #expect(
            keys([.control, .save]) == keys([.control, .save, .variants]).filter { $0 != "E" })
        #expect(keys([.explore]).contains("G") && !keys([.save]).contains("G"))
    }
}
