internal import CImGui
internal import CSDL2
public import Imaging

/// Draws the window into a picture, without any display.
public enum ViewerSnapshot {
    /// The same frame that the window would show.
    ///
    /// Everything happens in memory with SDL's software renderer; the same source state, fonts and
    /// size give the same bytes.
    /// - Parameters:
    ///   - source: What to show; it is polled until it has nothing new.
    ///   - width: The window's width in points.
    ///   - height: The window's height in points.
    ///   - scale: Pixels in a point, 0.5...4; 2 for displays with small pixels.
    ///   - page: What the window shows; for the explorer its first picture is made. Panes side by
    ///     side where samples have panes, else samples, unless given.
    /// - Returns: RGB pixels, `width * scale` by `height * scale`.
    public static func render(
        source: any ViewerSource, width: Int = 1280, height: Int = 800, scale: Double = 1,
        page: ViewerPage? = nil
    ) throws(ViewerError) -> PixelBuffer {
        var model = ViewerModel(for: source)
        fill(&model, from: source)
        if let page { perform(model.show(page), on: &model, source: source) }
        return try draw(&model, width: width, height: height, scale: scale).picture
    }

    /// Takes everything a source has to say, and reads the snapshots that the model asks for.
    package static func fill(_ model: inout ViewerModel, from source: any ViewerSource) {
        var effects: [ViewerEffect] = []
        // A source that never runs dry must not hold this for ever.
        for _ in 0..<64 {
            guard let update = source.poll() else { break }
            effects = model.apply(update, now: 0)
        }
        perform(effects, on: &model, source: source)
    }

    /// Does what the model asks for, at once.
    package static func perform(
        _ effects: [ViewerEffect], on model: inout ViewerModel, source: any ViewerSource
    ) {
        var open = effects
        while !open.isEmpty {
            switch open.removeFirst() {
            case .load(let snapshot, let variant):
                let result = Result { try source.loadSnapshot(snapshot, variant: variant) }
                open += model.finishLoading(snapshot, variant: variant, result: result, now: 0)
            case .openExplorer:
                open += model.finishOpening(Result { try source.openExplorer() })
            case .explore(let request):
                open += model.finishExploring(
                    request, Result { try source.explore(request) }, now: 0)
            default: break
            }
        }
    }

    /// A drawn model, with what tests want to know about it.
    package struct Drawing {
        /// RGB pixels.
        package var picture: PixelBuffer
        /// The texts on it.
        package var texts: [Painter.DrawnText]
        /// Where the panels are.
        package var layout: ViewerLayout
    }

    /// Draws a model; `pointer` is in points.
    package static func draw(
        _ model: inout ViewerModel, width: Int, height: Int, scale: Double, pointer: Point? = nil,
        now: Double = 0
    ) throws(ViewerError) -> Drawing {
        let (picture, drawn) = try onSurface(
            width: width, height: height, scale: scale, pointer: pointer
        ) { interface, pixelWidth, pixelHeight in
            interface.draw(
                &model, width: pixelWidth, height: pixelHeight, seconds: 1.0 / 60, now: now)
        }
        return Drawing(picture: picture, texts: drawn.painter.texts, layout: drawn.layout)
    }

    /// Draws three frames in memory and reads the last one.
    ///
    /// - Parameter frame: Draws a frame of so many pixels.
    static func onSurface<Drawn>(
        width: Int, height: Int, scale: Double, pointer: Point? = nil,
        _ frame: (Interface, Int, Int) -> Drawn
    ) throws(ViewerError) -> (picture: PixelBuffer, drawn: Drawn) {
        let pixelWidth = Int((Double(width) * scale).rounded())
        let pixelHeight = Int((Double(height) * scale).rounded())
        guard (0.5...4).contains(scale), (320...8192).contains(pixelWidth),
            (240...8192).contains(pixelHeight)
        else { throw .badSize(width: width, height: height, scale: scale) }
        return try Interface.exclusively {
            () throws(ViewerError) -> (picture: PixelBuffer, drawn: Drawn) in
            let surface = SDL_CreateRGBSurfaceWithFormat(
                0, Int32(pixelWidth), Int32(pixelHeight), 32, SDL_PIXELFORMAT_ABGR8888.rawValue)
            guard let surface, let renderer = SDL_CreateSoftwareRenderer(surface) else {
                SDL_FreeSurface(surface)
                throw .noRenderer(reason: String(cString: SDL_GetError()))
            }
            defer {
                SDL_DestroyRenderer(renderer)
                SDL_FreeSurface(surface)
            }
            let interface = try Interface(renderer: renderer, scale: Float(scale))
            defer { interface.close() }
            if let pointer {
                ui_input_pointer(pointer.x * Float(scale), pointer.y * Float(scale))
            } else {
                ui_input_no_pointer()
            }
            // ImGui knows what lies under the pointer one frame late.
            var drawn = frame(interface, pixelWidth, pixelHeight)
            for _ in 0..<2 { drawn = frame(interface, pixelWidth, pixelHeight) }
            SDL_RenderFlush(renderer)
            return (read(surface, width: pixelWidth, height: pixelHeight), drawn)
        }
    }

    private static func read(
        _ surface: UnsafeMutablePointer<SDL_Surface>, width: Int, height: Int
    ) -> PixelBuffer {
        let pitch = Int(surface.pointee.pitch)
        let pixels = surface.pointee.pixels.assumingMemoryBound(to: UInt8.self)
        let bytes = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
            for y in 0..<height {
                for x in 0..<width {
                    for channel in 0..<3 {
                        buffer[(y * width + x) * 3 + channel] = pixels[y * pitch + x * 4 + channel]
                    }
                }
            }
            count = width * height * 3
        }
        return PixelBuffer(width: width, height: height, format: .rgb, bytes: bytes)
    }
}
