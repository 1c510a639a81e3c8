import Testing
import Viewer

@Suite struct GridViewTests {
    let geometry = GridGeometry(
        columns: 8, rows: 5, cellWidth: 64, cellHeight: 48, padding: 2, margin: 3, count: 37)
    let panel = Rect(x: 20, y: 70, width: 800, height: 600)

    @Test func geometryKnowsItsPicture() {
        #expect(geometry.width == 6 + 8 * 64 + 7 * 2)
        #expect(geometry.height == 6 + 5 * 48 + 4 * 2)
        #expect(geometry.origin(of: 9) == (3 + 66, 3 + 50))
    }

    @Test func fitsInItsPanel() {
        let placement = GridView().frame(of: geometry, gap: 2, in: panel)
        for index in 0..<geometry.count { #expect(panel.contains(placement.rect(of: index))) }
        let wasted = min(panel.width - placement.size.x, panel.height - placement.size.y)
        #expect(wasted <= 8, "a larger grid would fit: \(placement.size)")
    }

    @Test func everySampleIsFoundWhereItIsDrawn() {
        var view = GridView()
        view.zoom(by: 2.7, around: Point(x: 300, y: 200), in: panel)
        let placement = view.frame(of: geometry, gap: 2, in: panel)
        for index in 0..<geometry.count {
            let rect = placement.rect(of: index)
            #expect(placement.index(at: rect.centre) == index)
            #expect(placement.index(at: Point(x: rect.right + 1, y: rect.centre.y)) == nil)
        }
        #expect(placement.index(at: placement.rect(of: 38).centre) == nil, "no sample is there")
    }

    @Test func zoomKeepsWhatIsUnderThePointer() throws {
        var view = GridView()
        view.zoom(by: 3, around: panel.centre, in: panel)
        let before = view.frame(of: geometry, gap: 0, in: panel)
        let anchor = before.rect(of: 11).centre
        view.zoom(by: 2, around: anchor, in: panel)
        let after = view.frame(of: geometry, gap: 0, in: panel).rect(of: 11)
        #expect(abs(after.centre.x - anchor.x) < 12 && abs(after.centre.y - anchor.y) < 12)
    }

    @Test func zoomHasLimits() {
        var view = GridView()
        for _ in 0..<100 { view.zoom(by: 1.3, around: panel.centre, in: panel) }
        #expect(view.zoom == GridView.greatestZoom)
        for _ in 0..<100 { view.zoom(by: 0.7, around: panel.centre, in: panel) }
        #expect(view.zoom == 1)
    }

    @Test func panStopsAtTheEdges() {
        var view = GridView()
        view.pan = Point(x: 5000, y: -5000)
        view.clampPan(of: geometry, gap: 2, in: panel)
        #expect(view.pan == Point(x: 0, y: 0), "a grid that fits stays in the middle")
        view.zoom(by: 4, around: panel.centre, in: panel)
        view.pan = Point(x: 5000, y: -5000)
        view.clampPan(of: geometry, gap: 2, in: panel)
        let placement = view.frame(of: geometry, gap: 2, in: panel)
        #expect(abs(placement.origin.x - panel.x) <= 1)
        #expect(abs(placement.origin.y + placement.size.y - panel.bottom) <= 1)
    }
}

@Suite struct LayoutTests {
    static let sizes: [(Float, Float)] = [
        (720, 480), (900, 600), (1024, 640), (1280, 800), (1920, 1080), (2560, 1440), (720, 1400),
        (2400, 500),
    ]

    @Test(arguments: sizes, [0, 1, 3, 9])
    func panelsNeitherOverlapNorLeaveTheWindow(size: (Float, Float), warningLines: Int) {
        for hasControls in [true, false] {
            let layout = ViewerLayout(
                width: size.0, height: size.1, plotCount: 2, warningLines: warningLines,
                hasControls: hasControls)
            for (index, panel) in layout.panels.enumerated() {
                #expect(!panel.isEmpty && layout.window.contains(panel), "panel \(index) \(panel)")
                for other in layout.panels[(index + 1)...] {
                    #expect(!panel.overlaps(other), "\(panel) and \(other)")
                }
            }
        }
    }

    @Test func theUsualWindowShowsEverything() {
        for (width, height) in [(Float(1280), Float(800)), (900, 600)] {
            let layout = ViewerLayout(width: width, height: height, plotCount: 2, warningLines: 0)
            #expect(layout.plots.count == 2)
            #expect(layout.grid.width > width * 0.6)
        }
        let warned = ViewerLayout(width: 1280, height: 800, plotCount: 2, warningLines: 3)
        #expect(warned.warnings != nil && warned.plots.count == 2)
    }
}
