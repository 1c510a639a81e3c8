/// The keys of the window, as its list shows them.
package enum KeyList {
    /// Keys that belong together: which, and what they do.
    package typealias Group = (title: String, rows: [(keys: String, meaning: String)])

    /// The keys that do something for a source of some capabilities.
    package static func groups(
        for capabilities: ViewerCapabilities, isExploring: Bool = false, panes: PaneLayout? = nil
    ) -> [Group] {
        columns(for: capabilities, isExploring: isExploring, panes: panes).flatMap { $0 }
    }

    /// The same, as the window lays them out.
    static func columns(
        for capabilities: ViewerCapabilities, isExploring: Bool, panes: PaneLayout?
    ) -> [[Group]] {
        if isExploring { return [Array(explorer[0...1]), Array(explorer[2...])] }
        var groups = all
        if !capabilities.contains(.variants) { groups[0].rows.removeAll { $0.keys == "E" } }
        if !capabilities.contains(.explore) { groups[0].rows.removeAll { $0.keys == "G" } }
        guard let panes else { return [Array(groups[0...1]), Array(groups[2...])] }
        groups[0].rows.removeAll { $0.keys == "D" }
        groups[1].rows[3] = (",  .", "Previous, next, in every view")
        var compared = comparison
        if panes.ways.count < 2 { compared.rows.removeAll { $0.keys == "D" } }
        if panes.pairs.count < 2 { compared.rows.removeAll { $0.keys == "T" } }
        return [Array(groups[0...1]), [compared, sheet, window]]
    }

    private static let comparison: Group = (
        "Before and after",
        [
            ("1  2  3", "The sheet, side by side, wipe"), ("W  Enter", "Wipe, or side by side"),
            ("\u{2191} \u{2193}  Tab", "Other pictures"),
            ("\u{2190} \u{2192}  drag", "The line of the wipe"),
            ("T", "What lies over what"), ("D", "The other direction"),
        ]
    )

    private static let sheet: Group = (
        "Sheet",
        [
            ("+ \u{2212} 0  wheel", "Zoom, fit the whole sheet"),
            ("Enter  click", "Enlarge a sample"), ("F", "Smooth or sharp pixels"),
        ]
    )

    /// Short, so that the list fits into the least window.
    private static let window: Group = (
        "Window", [("F1  Q", "This list; close the window")]
    )

    private static let explorer: [Group] = [
        (
            "The way from A to B",
            [
                ("\u{2190} \u{2192}  drag", "Go along it"),
                ("Shift \u{2190} \u{2192}", "In small steps"),
                ("Home  End", "To A, to B"), ("Tab", "A for B"),
            ]
        ),
        (
            "The picture",
            [
                ("\u{2191} \u{2193}", "Truncation: wilder, calmer"),
                ("C  Shift C", "Next, previous class"),
                ("S", "Save it"), ("F", "Smooth or sharp pixels"),
            ]
        ),
        (
            "Seeds",
            [
                ("A  Shift A", "Next, previous A"), ("B  Shift B", "Next, previous B"),
                ("R", "Two new ones"),
            ]
        ),
        (
            "Layers in the style of B",
            [("1", "The coarse ones"), ("2", "The middle ones"), ("3", "The fine ones")]
        ),
        (
            "Window",
            [("F1  ?", "This list"), ("G  Esc", "Back to the samples"), ("Q", "Close the window")]
        ),
    ]

    private static let all: [Group] = [
        (
            "Training",
            [
                ("Space", "Pause or go on"), ("X", "Stop, with a checkpoint"),
                ("S", "Save the grid that is shown"), ("E", "Averaged or last weights"),
                ("M", "Losses, or metrics"), ("D", "Scores, or none"),
                ("G", "Explore the network"),
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
