/// Gives out textures of grids.
protocol TextureProvider: AnyObject {
    /// The texture of a frame, uploaded if it was not yet; nil if the renderer refuses it.
    func texture(for frame: ViewerModel.Frame, reduction: Int, isSmooth: Bool) -> GridTexture?
}

/// A grid on the renderer's side.
struct GridTexture {
    var identifier: UInt64
    var atlas: GridAtlas
}

/// Draws the whole window from the model, and turns what the pointer does into actions.
struct ViewerScreen {
    let painter: Painter
    let textures: any TextureProvider
    let now: Double
    /// What the user asked for in this frame.
    var actions: [ViewerAction] = []
    /// The step under the pointer, over any of the plots.
    var hoveredStep: Double?
    var layout = ViewerLayout(width: 0, height: 0, plotCount: 0, warningLines: 0)

    init(painter: Painter, textures: any TextureProvider, now: Double) {
        self.painter = painter
        self.textures = textures
        self.now = now
    }

    /// Draws a frame; `width` and `height` are points.
    mutating func draw(_ model: inout ViewerModel, width: Float, height: Float) {
        let side = ViewerLayout.sideWidth(of: width)
        let left = width - side - 2 * ViewerLayout.margin - ViewerLayout.gap
        let notes = model.isExploring ? [] : healthNotes(model, width: left)
        let detail = painter.wrap(model.run.detail, width: side - 2 * ViewerLayout.pad, .body)
        let measured = model.metricPlots.count
        let isMeasured = model.plotPage > 0 && measured > 0
        layout = ViewerLayout(
            width: width, height: height,
            plotCount: isMeasured ? min(measured, 4) : model.plots.count,
            warningLines: notes.reduce(0) { $0 + $1.lineCount },
            hasControls: Self.hasControls(model), detailLines: min(max(detail.count, 1), 2),
            hasTabs: measured > 0, isExploring: model.isExploring)
        if isMeasured {
            model.metricsPerPage = max(layout.plots.count, 1)
            model.plotPage = min(model.plotPage, model.metricPageCount)
        }
        painter.window("main", rect: layout.window, isFront: false) {
            painter.fill(layout.window, Theme.background)
            if model.isExploring {
                drawExplorerHeader(model)
                drawExplored(&model)
                drawExplorerControls(model)
                drawWay(model)
            } else {
                drawHeader(model)
                drawHealth(notes)
                if let mode = model.comparing, mode != .sheet {
                    drawComparison(model, mode)
                } else {
                    drawGrid(&model)
                }
                drawStatus(model, detail)
                drawTabs(model)
                drawPlots(model)
                drawTimeline(model)
            }
            drawToasts(model)
            if model.overlay == nil { painter.drawTooltips(in: layout.window) }
        }
        guard let overlay = model.overlay else { return }
        painter.window("overlay", rect: layout.window, isFront: true) {
            painter.fill(
                layout.window, overlay == .enlarged ? Theme.deepShade : Theme.shade)
            switch overlay {
            case .help: drawHelp(model)
            case .enlarged: drawEnlarged(model)
            case .confirmStop: drawStopQuestion()
            }
            painter.drawTooltips(in: layout.window)
        }
    }

    static func hasControls(_ model: ViewerModel) -> Bool {
        model.capabilities.contains(.control) && (model.progress?.state.isAlive ?? false)
    }

    func card(_ rect: Rect) { painter.fill(rect, Theme.panel, radius: Theme.panelRadius) }

    private func drawToasts(_ model: ViewerModel) {
        var bottom = layout.grid.bottom - 12
        for toast in model.toasts.reversed() {
            let width = min(
                painter.size(of: toast.text, .body).x + 44, layout.grid.width - 24)
            let fade = min(max((toast.expiry - now) / 0.4, 0), 1)
            let box = Rect(
                x: layout.grid.centre.x - width / 2, y: bottom - 34, width: width, height: 34)
            painter.plate(
                box, Theme.raised.faded(fade), outline: Theme.pressed.faded(fade), radius: 17)
            painter.circle(
                Point(x: box.x + 17, y: box.centre.y), radius: 4,
                (toast.isError ? Theme.rose : Theme.green).faded(fade))
            painter.text(
                toast.text,
                in: Rect(x: box.x + 29, y: box.y, width: box.width - 41, height: box.height), .body,
                Theme.text.faded(fade))
            bottom -= 40
        }
    }
}
