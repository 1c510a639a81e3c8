internal import CImGui
internal import CSDL2
internal import Glibc

/// An ImGui context with fonts for one scale, and the SDL renderer it draws with.
///
/// ImGui keeps its current context in a global, so every use happens inside `exclusively`.
final class Interface {
    private static let lock = ThreadLock()

    let scale: Float
    let textures: TextureStore
    private let context: UnsafeMutableRawPointer
    private let renderer: OpaquePointer

    /// Runs `body` while no other interface of the process is in use.
    static func exclusively<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(lock.pointer)
        defer { pthread_mutex_unlock(lock.pointer) }
        return try body()
    }

    /// Rasterises the fonts at `scale`; call inside `exclusively`.
    init(renderer: OpaquePointer, scale: Float) throws(ViewerError) {
        guard let context = ui_context_create() else { throw .noFont }
        self.context = context
        self.renderer = renderer
        self.scale = scale
        textures = TextureStore(renderer: renderer)
        let family = FontLibrary.find()
        for role in FontRole.allCases {
            let pixels = (role.size * scale).rounded()
            var number: Int32 = -1
            if let bytes = role.isBold ? family?.bold : family?.regular {
                number = ui_font_add(bytes, Int32(bytes.count), pixels, role != .small)
            }
            if number < 0 { _ = ui_font_add_builtin(pixels) }
        }
        var pixels: UnsafePointer<UInt8>?
        var width: Int32 = 0
        var height: Int32 = 0
        guard ui_fonts_build(Int32((18 * scale).rounded(.up)), &pixels, &width, &height),
            let pixels,
            let texture = textures.upload(
                pixels, width: Int(width), height: Int(height), isSmooth: false)
        else {
            ui_context_destroy(context)
            throw .noFont
        }
        ui_fonts_set_texture(texture)
    }

    /// Frees the context and its textures; call inside `exclusively`, before the renderer goes.
    func close() {
        textures.removeAll()
        ui_context_use(context)
        ui_context_destroy(context)
    }

    /// Makes this context the one that input and drawing go to.
    func use() { ui_context_use(context) }

    /// Draws one frame; returns what the user asked for, and the texts for tests.
    func draw(
        _ model: inout ViewerModel, width: Int, height: Int, seconds: Double, now: Double
    ) -> (actions: [ViewerAction], painter: Painter, layout: ViewerLayout) {
        var actions: [ViewerAction] = []
        var layout: ViewerLayout?
        let painter = frame(width: width, height: height, seconds: seconds) { painter in
            var screen = ViewerScreen(painter: painter, textures: textures, now: now)
            screen.draw(&model, width: Float(width) / scale, height: Float(height) / scale)
            actions = screen.actions
            layout = screen.layout
        }
        return (
            actions, painter,
            layout ?? ViewerLayout(width: 0, height: 0, plotCount: 0, warningLines: 0)
        )
    }

    /// Draws one frame of whatever a closure draws; returns what it drew with, for tests.
    func frame(
        width: Int, height: Int, seconds: Double, _ content: (Painter) -> Void
    ) -> Painter {
        ui_context_use(context)
        ui_input_display(Float(width), Float(height), Float(seconds))
        let painter = Painter(scale: scale)
        ui_frame_begin()
        content(painter)
        ui_frame_end()
        textures.sweep()
        render()
        return painter
    }

    private func render() {
        let background = Theme.background
        SDL_RenderSetClipRect(renderer, nil)
        SDL_SetRenderDrawColor(renderer, background.red, background.green, background.blue, 255)
        SDL_RenderClear(renderer)
        for index in 0..<ui_command_count() {
            let command = ui_command_at(index)
            guard let vertices = command.vertices, command.index_count > 0 else { continue }
            var clip = SDL_Rect(
                x: Int32(max(command.clip_left, 0)), y: Int32(max(command.clip_top, 0)),
                w: 0, h: 0)
            clip.w = Int32(command.clip_right) - clip.x
            clip.h = Int32(command.clip_bottom) - clip.y
            if clip.w <= 0 || clip.h <= 0 { continue }
            SDL_RenderSetClipRect(renderer, &clip)
            let stride = Int32(MemoryLayout<ui_vertex>.stride)
            let raw = UnsafeRawPointer(vertices)
            SDL_RenderGeometryRaw(
                renderer, textures.pointer(command.texture),
                raw.assumingMemoryBound(to: Float.self), stride,
                (raw + 16).assumingMemoryBound(to: SDL_Color.self), stride,
                (raw + 8).assumingMemoryBound(to: Float.self), stride,
                command.vertex_count, command.indices, command.index_count, 2)
        }
        SDL_RenderSetClipRect(renderer, nil)
    }
}

/// A plain lock: `Mutex` would ask that what is drawn under it can cross threads.
private final class ThreadLock: @unchecked Sendable {
    let pointer = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() { pthread_mutex_init(pointer, nil) }

    deinit {
        pthread_mutex_destroy(pointer)
        pointer.deallocate()
    }
}
