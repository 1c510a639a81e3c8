internal import CSDL2
internal import Imaging

/// The textures of one renderer: the font's, and one for each grid that was drawn lately.
final class TextureStore: TextureProvider {
    private struct Key: Hashable {
        var serial, reduction: Int
    }
    private struct Entry {
        var texture: GridTexture
        var wasUsed: Bool
    }

    private let renderer: OpaquePointer
    private let largest: (width: Int, height: Int)
    private var pointers: [UInt64: OpaquePointer] = [:]
    private var grids: [Key: Entry] = [:]
    private var named: [String: (serial: Int, picture: PictureTexture)] = [:]
    private var next: UInt64 = 1

    init(renderer: OpaquePointer) {
        self.renderer = renderer
        var info = SDL_RendererInfo()
        let isKnown = SDL_GetRendererInfo(renderer, &info) == 0
        largest = (
            isKnown && info.max_texture_width > 0 ? Int(info.max_texture_width) : 16384,
            isKnown && info.max_texture_height > 0 ? Int(info.max_texture_height) : 16384
        )
    }

    /// The SDL texture of an identifier.
    func pointer(_ identifier: UInt64) -> OpaquePointer? { pointers[identifier] }

    /// Uploads RGBA pixels with straight alpha.
    func upload(
        _ bytes: UnsafePointer<UInt8>, width: Int, height: Int, isSmooth: Bool
    ) -> UInt64? {
        guard
            let texture = SDL_CreateTexture(
                renderer, SDL_PIXELFORMAT_ABGR8888.rawValue,
                Int32(SDL_TEXTUREACCESS_STATIC.rawValue), Int32(width), Int32(height))
        else { return nil }
        guard SDL_UpdateTexture(texture, nil, bytes, Int32(width * 4)) == 0 else {
            SDL_DestroyTexture(texture)
            return nil
        }
        SDL_SetTextureBlendMode(texture, SDL_BLENDMODE_BLEND)
        SDL_SetTextureScaleMode(texture, isSmooth ? SDL_ScaleModeLinear : SDL_ScaleModeNearest)
        let identifier = next
        next += 1
        pointers[identifier] = texture
        return identifier
    }

    func texture(for frame: ViewerModel.Frame, reduction: Int, isSmooth: Bool) -> GridTexture? {
        let geometry = frame.content.geometry
        var block = reduction
        while block < min(geometry.cellWidth, geometry.cellHeight),
            geometry.columns * (geometry.cellWidth / block + 2) > largest.width
                || geometry.rows * (geometry.cellHeight / block + 2) > largest.height
        {
            block += 1
        }
        let key = Key(serial: frame.serial, reduction: block)
        if grids[key] == nil {
            var atlas = GridAtlas(frame.content, reduction: block)
            guard
                let identifier = upload(
                    atlas.bytes, width: atlas.width, height: atlas.height, isSmooth: isSmooth)
            else { return nil }
            atlas.bytes = []
            grids[key] = Entry(
                texture: GridTexture(identifier: identifier, atlas: atlas), wasUsed: true)
        }
        grids[key]?.wasUsed = true
        guard let texture = grids[key]?.texture else { return nil }
        SDL_SetTextureScaleMode(
            pointers[texture.identifier], isSmooth ? SDL_ScaleModeLinear : SDL_ScaleModeNearest)
        return texture
    }

    /// The texture of a picture that changes: `serial` says whether it did. What is known by a name is
    /// kept until another picture takes it.
    func texture(named name: String, serial: Int, of picture: PixelBuffer) -> PictureTexture? {
        let known = named[name]
        if let known, known.serial == serial { return known.picture }
        let bytes = picture.converted(to: .rgba).bytes
        if let known = known?.picture, known.width == picture.width,
            known.height == picture.height, let pointer = pointers[known.identifier],
            SDL_UpdateTexture(pointer, nil, bytes, Int32(picture.width * 4)) == 0
        {
            named[name] = (serial, known)
            return known
        }
        if let known, let old = pointers.removeValue(forKey: known.picture.identifier) {
            SDL_DestroyTexture(old)
        }
        named[name] = nil
        guard picture.width <= largest.width, picture.height <= largest.height,
            let identifier = upload(
                bytes, width: picture.width, height: picture.height, isSmooth: true)
        else { return nil }
        let texture = PictureTexture(
            identifier: identifier, width: picture.width, height: picture.height)
        named[name] = (serial, texture)
        return texture
    }

    /// Frees the grids that this frame did not draw.
    func sweep() {
        for (key, entry) in grids {
            if entry.wasUsed {
                grids[key]?.wasUsed = false
            } else {
                grids[key] = nil
                if let pointer = pointers.removeValue(forKey: entry.texture.identifier) {
                    SDL_DestroyTexture(pointer)
                }
            }
        }
    }

    func removeAll() {
        for pointer in pointers.values { SDL_DestroyTexture(pointer) }
        pointers.removeAll()
        grids.removeAll()
        named.removeAll()
    }
}

/// A picture on the renderer's side.
struct PictureTexture {
    var identifier: UInt64
    var width: Int
    var height: Int
}
