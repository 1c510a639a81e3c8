/// What the user can ask of the live window, by key or by pointer.
package enum LiveAction: Sendable, Hashable {
    /// The next painting, or the one before.
    case step(Int)
    /// A part of the way to the next painting.
    case blend(Double)
    /// A painting by its place.
    case choose(Int)
    /// More style or less.
    case strengthen(Double)
    /// So much style.
    case strength(Double)
    /// The stream's colours, or the painting's.
    case toggleColours
    /// After, half and half, before.
    case compare
    /// Where the two halves meet, 0...1.
    case split(Double)
    /// Stand still, or go on.
    case togglePause
    /// Save the picture that is shown.
    case save
    /// Fill the screen, or no longer.
    case toggleFullScreen
    /// The bar, or the picture alone.
    case toggleBar
    /// The list of keys.
    case toggleHelp
    /// Close what lies on top; the window itself at last.
    case dismiss
    /// Close the window.
    case close

    /// What a key asks for.
    package static func of(_ key: ViewerKey, shift: Bool) -> LiveAction? {
        switch key {
        case .left: shift ? .blend(-0.1) : .step(-1)
        case .right: shift ? .blend(0.1) : .step(1)
        case .pageUp: .step(-1)
        case .pageDown: .step(1)
        case .character(","): .blend(-0.1)
        case .character("."): .blend(0.1)
        case .up: .strengthen(shift ? 0.02 : 0.1)
        case .down: .strengthen(shift ? -0.02 : -0.1)
        case .character("c"): .toggleColours
        case .character("b"), .tab: .compare
        case .character(" "): .togglePause
        case .character("s"): .save
        case .character("f"): .toggleFullScreen
        case .character("h"): .toggleBar
        case .f1, .character("?"): .toggleHelp
        case .character("/"): shift ? .toggleHelp : nil
        case .escape: .dismiss
        case .character("q"): .close
        case .character(let sign):
            sign.wholeNumberValue.flatMap { $0 > 0 ? .choose($0 - 1) : nil }
        default: nil
        }
    }

    /// Whether holding the key down repeats it.
    var mayRepeat: Bool {
        switch self {
        case .blend, .strengthen: true
        default: false
        }
    }

    /// The keys, as the window lists them.
    package static let keys: [KeyList.Group] = [
        (
            "Style",
            [
                ("\u{2190} \u{2192}", "Previous, next painting"),
                ("1 \u{2013} 9", "A painting"),
                (",  .", "Blend with the neighbour"),
                ("\u{2191} \u{2193}", "More style, less"),
                ("C", "The stream's colours, or the painting's"),
            ]
        ),
        (
            "Picture",
            [
                ("B  Tab", "After, both, before"), ("drag", "Move where they meet"),
                ("Space", "Stand still, go on"), ("S", "Save the picture"),
            ]
        ),
        (
            "Window",
            [
                ("F", "Full screen"), ("H", "The picture alone"), ("F1  ?", "This list"),
                ("Esc", "Close what is on top"), ("Q", "Close the window"),
            ]
        ),
    ]
}

/// What the live window shows.
package struct LiveModel: Sendable {
    /// Which side of the style is shown.
    package enum Comparison: Sendable, Hashable, CaseIterable {
        case after, split, before
    }

    /// What must happen outside of the window.
    package enum Effect: Sendable, Hashable {
        case control, save, close
        case fullScreen(Bool)
    }

    /// What the user asks for.
    package var controls: LiveControls
    /// What is known of the stream.
    package var report = LiveReport()
    /// Which side is shown.
    package var comparison = Comparison.after
    /// Where the two sides meet, 0...1.
    package var split = 0.5
    /// Whether the keys are listed.
    package var showsHelp = false
    /// Whether there is a bar below the picture.
    package var showsBar = true
    /// Whether the window fills the screen.
    package var isFullScreen = false
    /// What is said for a moment.
    package private(set) var toast: ViewerModel.Toast?

    /// A window at its beginning.
    package init(_ controls: LiveControls) { self.controls = controls }

    /// Does what was asked for.
    package mutating func perform(_ action: LiveAction, now: Double) -> [Effect] {
        let old = controls
        switch action {
        case .step(let count): controls.step(by: count)
        case .blend(let part): controls.blend(by: part)
        case .choose(let painting): controls.choose(painting)
        case .strengthen(let part): controls.strengthen(by: part)
        case .strength(let value): controls.setStrength(value)
        case .toggleColours: controls.keepsColours.toggle()
        case .togglePause: controls.isPaused.toggle()
        case .compare:
            comparison =
                comparison == .after ? .split : comparison == .split ? .before : .after
        case .split(let place): split = min(max(place, 0), 1)
        case .save:
            if report.frame != nil { return [.save] }
            show("There is no picture to save yet", now: now)
        case .toggleFullScreen:
            isFullScreen.toggle()
            return [.fullScreen(isFullScreen)]
        case .toggleBar: showsBar.toggle()
        case .toggleHelp: showsHelp.toggle()
        case .dismiss:
            if showsHelp {
                showsHelp = false
            } else if isFullScreen {
                isFullScreen = false
                return [.fullScreen(false)]
            } else {
                return [.close]
            }
        case .close: return [.close]
        }
        return controls == old ? [] : [.control]
    }

    /// Says something for a moment.
    package mutating func show(_ text: String, isError: Bool = false, now: Double) {
        toast = .init(text: text, isError: isError, expiry: now + (isError ? 6 : 3))
    }

    /// Lets time pass; answers whether what is shown changed.
    package mutating func tick(now: Double) -> Bool {
        guard let expiry = toast?.expiry, expiry <= now else { return false }
        toast = nil
        return true
    }
}
