internal import CImGui
internal import CSDL2

#if canImport(Glibc)
internal import Glibc
#endif

/// Seconds that only go forward.
enum Clock {
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// The pointer between two frames. A click that came and went in between still counts as one.
struct PointerState {
    /// In the window's coordinates, or nil outside.
    var position: Point?
    var wheel: Float = 0
    private var isDown = false
    private var wasPressed = false

    /// Whether the left button is down.
    var isHeld: Bool { isDown }

    mutating func press(_ button: UInt8, isDown: Bool) {
        guard button == UInt8(SDL_BUTTON_LEFT) else { return }
        self.isDown = isDown
        if isDown { wasPressed = true }
    }

    /// Hands everything to ImGui; inside `Interface.exclusively`.
    mutating func feed(ratio: Float) {
        if let position {
            ui_input_pointer(position.x * ratio, position.y * ratio)
        } else if !isDown {
            ui_input_no_pointer()
        }
        ui_input_button(0, isDown || wasPressed)
        if wheel != 0 { ui_input_wheel(wheel) }
        wasPressed = false
        wheel = 0
    }
}

/// A key of an SDL event.
struct KeyPress {
    var key: ViewerKey
    var isShifted: Bool
    var isRepeat: Bool

    init?(_ event: SDL_Event) {
        if SDL_EventType(event.type) == SDL_TEXTINPUT {
            // Signs whose key depends on the keyboard's layout come as text.
            let text = withUnsafeBytes(of: event.text.text) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard text.count == 1, let sign = text.first, "+=-?".contains(sign) else { return nil }
            self.init(key: .character(sign), isShifted: false, isRepeat: false)
            return
        }
        let symbol = event.key.keysym
        let modifiers = UInt32(symbol.mod)
        let isShifted = modifiers & KMOD_SHIFT.rawValue != 0
        let isCommand = modifiers & (KMOD_CTRL.rawValue | KMOD_GUI.rawValue) != 0
        guard modifiers & KMOD_ALT.rawValue == 0, let key = Self.key(of: symbol) else { return nil }
        if isCommand {
            // As in other programs: save, and close.
            switch key {
            case .character("s"): break
            case .character("w"), .character("q"):
                self.init(key: .character("q"), isShifted: false, isRepeat: false)
                return
            default: return nil
            }
        }
        self.init(key: key, isShifted: isShifted, isRepeat: event.key.repeat != 0)
    }

    private init(key: ViewerKey, isShifted: Bool, isRepeat: Bool) {
        self.key = key
        self.isShifted = isShifted
        self.isRepeat = isRepeat
    }

    private static func key(of symbol: SDL_Keysym) -> ViewerKey? {
        switch SDL_KeyCode(UInt32(bitPattern: symbol.sym)) {
        case SDLK_LEFT: return .left
        case SDLK_RIGHT: return .right
        case SDLK_UP: return .up
        case SDLK_DOWN: return .down
        case SDLK_HOME: return .home
        case SDLK_END: return .end
        case SDLK_PAGEUP: return .pageUp
        case SDLK_PAGEDOWN: return .pageDown
        case SDLK_RETURN, SDLK_KP_ENTER: return .enter
        case SDLK_ESCAPE: return .escape
        case SDLK_TAB: return .tab
        case SDLK_F1: return .f1
        case SDLK_KP_0: return .character("0")
        default: break
        }
        var code = Int(symbol.sym)
        let scan = Int(symbol.scancode.rawValue)
        let firstLetter = Int(SDL_SCANCODE_A.rawValue)
        if !(32..<127).contains(code), (firstLetter..<(firstLetter + 26)).contains(scan) {
            // A keyboard without Latin letters: by the key's place.
            code = 97 + scan - firstLetter
        }
        if scan == Int(SDL_SCANCODE_0.rawValue) { code = 48 }
        guard let scalar = Unicode.Scalar(UInt32(max(code, 0))), (32..<127).contains(code) else {
            return nil
        }
        let character = Character(scalar)
        return character.isLetter || character.isNumber || " ,.".contains(character)
            ? .character(character) : nil
    }
}

extension ViewerAction {
    /// Whether holding the key down repeats it.
    var mayRepeat: Bool {
        switch self {
        case .previousSnapshot, .nextSnapshot, .zoomIn, .zoomOut, .pan, .moveSelection: true
        case .compare(.moveLine), .compare(.movePicture): true
        case .explore(let change):
            switch change {
            case .moveShare, .moveTruncation, .moveFirst, .moveSecond, .moveClass: true
            default: false
            }
        default: false
        }
    }
}
