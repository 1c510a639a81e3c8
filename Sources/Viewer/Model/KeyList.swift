/// The keys of the window, as its list shows them.
package enum KeyList {
    /// Keys that belong together: which, and what they do.
    package typealias Group = (title: String, rows: [(keys: String, meaning: String)])

    /// The keys that do something for a source of some capabilities.
    package static func groups(for capabilities: ViewerCapabilities) -> [Group] {
        var groups = all
        if !capabilities.contains(.variants) { groups[0].rows.removeAll { $0.keys == "E" } }
        return groups
    }

    private static let all: [Group] = [
        (
            "Training",
            [
                ("Space", "Pause or go on"), ("X", "Stop, with a checkpoint"),
                ("S", "Save the grid that is shown"), ("E", "Averaged or last weights"),
            ]
        ),
        (
            "Snapshots",
            [
                ("\u{2190} \u{2192}", "Previous, next"), ("Home  End", "First, live"),
                ("P", "Play through them"), (",  .", "The same with a sample open"),
            ]
        ),
        (
            "Grid",
            [
                ("+ \u{2212}  wheel", "Zoom"), ("0", "Fit the whole grid"),
                ("Shift \u{2190} \u{2192} \u{2191} \u{2193}  drag", "Move the enlarged grid"),
                ("F", "Smooth or sharp pixels"),
            ]
        ),
        (
            "Samples",
            [
                ("Tab  \u{2191} \u{2193}", "Mark one"), ("Enter  click", "Enlarge it"),
                ("\u{2190} \u{2192} \u{2191} \u{2193}", "Other samples, while one is open"),
            ]
        ),
        (
            "Window",
            [("F1  ?", "This list"), ("Esc", "Close what is on top"), ("Q", "Close the window")]
        ),
    ]
}
