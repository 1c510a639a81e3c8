import Testing
import Viewer

@Suite struct ExplorerTests {
    private let network = SyntheticRun.styled

    private func opened() -> ViewerModel {
        var model = ViewerModel(plots: [.losses], capabilities: [.explore, .save])
        _ = model.perform(.toggleExplorer, now: 0)
        _ = model.finishOpening(.success(network))
        return model
    }

    private func asked(_ effects: [ViewerEffect]) -> [ExplorerRequest] {
        effects.compactMap { if case .explore(let request) = $0 { request } else { nil } }
    }

    private func answer(_ model: inout ViewerModel) -> [ExplorerRequest] {
        guard let request = model.explorer.asked else { return [] }
        let frame = SyntheticRun.flowers(step: 1, cell: 8, columns: 3, rows: 1)
        return asked(model.finishExploring(request, .success(frame), now: 0))
    }

    @Test func picturesAreAskedForOneAtATimeAndTheNewestWins() {
        var model = ViewerModel(plots: [.losses], capabilities: [.explore])
        guard case .openExplorer? = model.perform(.toggleExplorer, now: 0).first else {
            Issue.record("the network is not asked for")
            return
        }
        #expect(model.perform(.explore(.share(0.1)), now: 0).isEmpty, "there is no network yet")
        let first = asked(model.finishOpening(.success(network)))
        #expect(first.map(\.share) == [0.1])
        for percent in 11...60 {
            #expect(asked(model.perform(.explore(.share(Double(percent) / 100)), now: 0)).isEmpty)
        }
        #expect(answer(&model).map(\.share) == [0.6], "those between are never made")
        #expect(model.explorer.isBehind)
        #expect(answer(&model).isEmpty && !model.explorer.isBehind)
    }

    @Test func whatCannotBeMadeIsSaidOnce() {
        var model = opened()
        let request = model.explorer.request
        let failure = SyntheticRun.Failure(description: "out of memory")
        #expect(asked(model.finishExploring(request, .failure(failure), now: 0)).isEmpty)
        #expect(model.toasts.last?.text.contains("out of memory") == true)
        #expect(!model.explorer.isBehind && model.explorer.frame == nil)
        #expect(asked(model.perform(.explore(.moveFirst(1)), now: 0)).map(\.first) == [2])
    }

    @Test func aNetworkThatCannotBeReadIsExplained() {
        var model = ViewerModel(plots: [], capabilities: [.explore])
        _ = model.perform(.toggleExplorer, now: 0)
        let failure = SyntheticRun.Failure(description: "no checkpoint")
        #expect(model.finishOpening(.failure(failure)).isEmpty)
        #expect(model.explorer.failure == "no checkpoint")
        _ = model.perform(.dismiss, now: 0)
        #expect(!model.isExploring)
        #expect(model.perform(.toggleExplorer, now: 0).count == 1, "it is tried again")
    }

    @Test func choicesStayInTheirBounds() {
        var model = opened()
        func request(_ actions: ExplorerAction...) -> ExplorerRequest {
            for action in actions { _ = model.perform(.explore(action), now: 0) }
            return model.explorer.request
        }
        #expect(request(.moveShare(-1)).share == 0 && request(.moveShare(7)).share == 1)
        #expect(request(.truncation(2)).truncation == 1)
        #expect(request(.moveTruncation(-0.3)).truncation == 0.7)
        #expect(request(.moveFirst(-9)).first == 0, "seeds begin at 0")
        #expect(request(.moveClass(-1)).label == 9 && request(.moveClass(1)).label == 0)
        #expect(request(.toggleLayer(99)).mixedLayers.isEmpty)
        #expect(request(.toggleGroup(.coarse)).mixedLayers == [0, 1, 2])
        #expect(request(.toggleLayer(1)).mixedLayers == [0, 2])
        #expect(request(.toggleGroup(.coarse)).mixedLayers == [0, 1, 2])
        #expect(request(.toggleGroup(.coarse)).mixedLayers.isEmpty)
        let before = request(.share(0.25))
        let after = request(.swap)
        #expect(after.first == before.second && after.second == before.first)
        #expect(after.share == 0.75, "the picture stays")
        var pairs: Set<[UInt64]> = []
        for _ in 0..<20 {
            let pair = request(.newSeeds)
            #expect(pair.first != pair.second)
            pairs.insert([pair.first, pair.second])
        }
        #expect(pairs.count == 20)
    }

    @Test func anotherNetworkKeepsWhatItHas() {
        var model = opened()
        for action in [ExplorerAction.moveClass(4), .toggleLayer(2), .toggleLayer(11)] {
            _ = model.perform(.explore(action), now: 0)
        }
        let small = ExplorerDescription(
            step: 9, detail: "", classNames: ["one"],
            layers: (0..<6).map { _ in .init(size: "4x4", group: .coarse) })
        _ = model.perform(.toggleExplorer, now: 0)
        _ = model.perform(.toggleExplorer, now: 0)
        _ = model.finishOpening(.success(small))
        #expect(model.explorer.request.label == 0)
        #expect(model.explorer.request.mixedLayers == [2])
    }

    @Test func keysMeanOtherThingsThere() {
        func action(_ key: ViewerKey, shift: Bool = false) -> ViewerAction? {
            ViewerAction.of(key, shift: shift, overlay: nil, isExploring: true)
        }
        #expect(action(.right) == .explore(.moveShare(0.05)))
        #expect(action(.right, shift: true) == .explore(.moveShare(0.01)))
        #expect(action(.character("a"), shift: true) == .explore(.moveFirst(-1)))
        #expect(action(.character("1")) == .explore(.toggleGroup(.coarse)))
        #expect(action(.character("s")) == .saveGrid && action(.escape) == .dismiss)
        #expect(action(.character("g")) == .toggleExplorer)
        #expect(action(.character("p")) == nil, "the samples are not shown")
        #expect(action(.pageUp) == nil && action(.character("+")) == nil)
        #expect(
            ViewerAction.of(.left, shift: false, overlay: .enlarged, isExploring: false)
                == .moveSelection(-1, 0))
    }

    @Test func savingSavesThePicture() {
        var model = opened()
        guard case .saveExplored(let request)? = model.perform(.saveGrid, now: 0).first else {
            Issue.record("nothing is saved")
            return
        }
        #expect(request == model.explorer.request)
    }

    @Test func aSourceWithoutANetworkSaysSo() {
        var model = ViewerModel(plots: [], capabilities: [.save])
        #expect(model.perform(.toggleExplorer, now: 0).isEmpty)
        #expect(!model.isExploring)
    }
}

@Suite struct MetricCurveTests {
    private func model(_ points: [MetricPoint]) -> ViewerModel {
        var model = ViewerModel(plots: [.losses], capabilities: [])
        _ = model.apply(ViewerUpdate(metrics: points), now: 0)
        return model
    }

    private func steps(_ model: ViewerModel, _ key: String) -> [Int] {
        model.curves[key]?.buckets.map(\.lastStep) ?? []
    }

    @Test func aMetricOfTheSameStepCutsNothing() {
        let loss = { MetricPoint(step: $0, values: ["g_loss": 1]) }
        let metric = { MetricPoint(step: $0, values: ["metric/fid": 50]) }
        let after = model([loss(100), loss(200), metric(200), loss(300)])
        #expect(steps(after, "g_loss") == [100, 200, 300])
        #expect(steps(after, "metric/fid") == [200])
        let before = model([loss(100), metric(200), loss(200)])
        #expect(steps(before, "g_loss") == [100, 200] && steps(before, "metric/fid") == [200])
        #expect(before.metricKeys == ["metric/fid"])
    }

    @Test func aResumedRunCutsItsMetricsToo() {
        let loss = { MetricPoint(step: $0, values: ["g_loss": 1]) }
        let both = { MetricPoint(step: $0, values: ["g_loss": 1, "metric/kid": 2]) }
        let model = model([loss(10), both(20), both(30), loss(40), loss(25)])
        #expect(steps(model, "g_loss") == [10, 20, 25])
        #expect(steps(model, "metric/kid") == [20])
    }

    @Test func aLogOfManyMetricsIsBounded() {
        let values = (0..<500).map { ("metric/\($0)", 1.0) }
        let model = model([MetricPoint(step: 1, values: Dictionary(uniqueKeysWithValues: values))])
        #expect(model.metricKeys.count == 48)
        #expect(model.curves.count == 48)
    }

    @Test func withoutMetricsTheWindowSaysHowToHaveThem() {
        var model = model([MetricPoint(step: 1, values: ["g_loss": 1])])
        _ = model.perform(.nextPlots, now: 0)
        #expect(model.plotPage == 0)
        #expect(model.toasts.last?.text.contains("--metrics-every") == true)
    }
}

@Suite struct CaptionTests {
    @Test func everySampleIsFoundAboveItsCaption() {
        let geometry = GridGeometry(columns: 5, rows: 4, cellWidth: 32, cellHeight: 48, count: 18)
        let panel = Rect(x: 10, y: 20, width: 700, height: 500)
        let placement = GridView().frame(of: geometry, gap: 2, caption: 17, in: panel)
        for index in 0..<geometry.count {
            let rect = placement.rect(of: index)
            let caption = Rect(x: rect.x, y: rect.bottom, width: rect.width, height: 17)
            #expect(panel.contains(rect) && panel.contains(caption))
            #expect(placement.index(at: rect.centre) == index)
            #expect(placement.index(at: caption.centre) == nil)
        }
    }

    @Test(arguments: [
        (0.0, "0.00"), (-1.234, "\u{2212}1.23"), (9.999, "10.0"), (-42.06, "\u{2212}42.1"),
        (123.4, "123"), (Float.nan, "nan"),
    ])
    func scores(value: Float, text: String) { #expect(NumberText.score(value) == text) }
}
