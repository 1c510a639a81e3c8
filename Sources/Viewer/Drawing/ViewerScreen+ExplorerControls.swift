extension ViewerScreen {
    private static let rowHeight: Float = 32
    private static let checkHeight: Float = 24
    private static let checkWidth: Float = 44

    /// What the picture is made of: seeds, truncation, class, and the layers that take the style of B.
    mutating func drawExplorerControls(_ model: ViewerModel) {
        guard let rect = layout.explorer else { return }
        card(rect)
        var box = rect.inset(ViewerLayout.pad)
        // Where there is little room, all of it is for what can be chosen.
        if box.height > 400 {
            painter.text(
                model.run.name.isEmpty ? "Atelier" : model.run.name, in: box.takeTop(26), .title)
            _ = box.takeTop(8)
        }
        let request = model.explorer.request
        drawSeed("A", request.first, in: box.takeTop(Self.rowHeight)) { .moveFirst($0) }
        _ = box.takeTop(6)
        drawSeed("B", request.second, in: box.takeTop(Self.rowHeight)) { .moveSecond($0) }
        _ = box.takeTop(6)
        var pair = box.takeTop(Self.rowHeight)
        let half = (pair.width - 6) / 2
        if button("new", pair.takeLeft(half), title: "New seeds", hint: "Two seeds by chance   R") {
            actions.append(.explore(.newSeeds))
        }
        _ = pair.takeLeft(6)
        if button("swap", pair, title: "A for B", hint: "Turn the way around   Tab") {
            actions.append(.explore(.swap))
        }
        _ = box.takeTop(12)
        drawTruncation(request, in: &box)
        drawClass(model, in: &box)
        drawLayers(model, in: &box)
    }

    private mutating func drawSeed(
        _ name: String, _ seed: UInt64, in row: Rect, _ change: (Int) -> ExplorerAction
    ) {
        var row = row
        painter.text(name, in: row.takeLeft(22), .strong, Theme.accent)
        if button("less \(name)", row.takeLeft(32), title: "\u{2212}", hint: "Shift \(name)") {
            actions.append(.explore(change(-1)))
        }
        if button("more \(name)", row.takeRight(32), title: "+", hint: name) {
            actions.append(.explore(change(1)))
        }
        let well = row.inset(x: 6, y: 0)
        painter.fill(well, Theme.well, radius: Theme.buttonRadius)
        painter.text("Seed \(seed)", in: well.inset(x: 6, y: 0), .strong, align: .centre)
    }

    private mutating func drawTruncation(_ request: ExplorerRequest, in box: inout Rect) {
        var title = box.takeTop(18)
        painter.text(
            NumberText.fixed(request.truncation, decimals: 2), in: title.takeRight(44), .strong,
            Theme.text, align: .trailing)
        painter.text("Truncation", in: title, .small, Theme.faint)
        if let value = slider(
            "truncation", box.takeTop(26).inset(x: 8, y: 0), at: request.truncation,
            hint: "1: as the network learned it; less: calmer, more alike   \u{2191} \u{2193}")
        {
            actions.append(.explore(.truncation(value)))
        }
        _ = box.takeTop(8)
    }

    private mutating func drawClass(_ model: ViewerModel, in box: inout Rect) {
        let names = model.explorer.description?.classNames ?? []
        guard !names.isEmpty, box.height >= 18 + Self.rowHeight else { return }
        painter.text("Class", in: box.takeTop(18), .small, Theme.faint)
        var row = box.takeTop(Self.rowHeight)
        if button("class before", row.takeLeft(32), title: "\u{2190}", hint: "Shift C") {
            actions.append(.explore(.moveClass(-1)))
        }
        if button("class after", row.takeRight(32), title: "\u{2192}", hint: "C") {
            actions.append(.explore(.moveClass(1)))
        }
        let well = row.inset(x: 6, y: 0)
        painter.fill(well, Theme.well, radius: Theme.buttonRadius)
        let label = min(model.explorer.request.label, names.count - 1)
        painter.text(names[label], in: well.inset(x: 6, y: 0), .strong, align: .centre)
        _ = box.takeTop(10)
    }

    /// Check-boxes by groups; single layers only where all of them find room.
    private mutating func drawLayers(_ model: ViewerModel, in box: inout Rect) {
        let layers = model.explorer.description?.layers ?? []
        let groups = ExplorerDescription.Group.allCases.filter {
            !model.explorer.layers(of: $0).isEmpty
        }
        guard !groups.isEmpty, box.height >= 22 + Float(groups.count) * Self.checkHeight else {
            return
        }
        painter.text("Style of B in layers", in: box.takeTop(22), .small, Theme.faint)
        let perRow = max(Int(box.width / Self.checkWidth), 1)
        let rows = groups.reduce(0) { sum, group in
            sum + 1 + (model.explorer.layers(of: group).count + perRow - 1) / perRow
        }
        let showsLayers = Float(rows) * Self.checkHeight + 6 * Float(groups.count) <= box.height
        let mixed = model.explorer.request.mixedLayers
        for (number, group) in groups.enumerated() {
            let indices = model.explorer.layers(of: group)
            let sizes = indices.map { layers[$0].size }
            let range = sizes.first == sizes.last ? sizes[0] : "\(sizes[0]) to \(sizes.last ?? "")"
            var head = box.takeTop(Self.checkHeight)
            let name = group.rawValue.prefix(1).uppercased() + group.rawValue.dropFirst()
            painter.text(
                range, in: head.takeRight(head.width * 0.52), .small, Theme.faint, align: .trailing)
            if checkBox(
                "group \(group.rawValue)", head, title: name, isOn: mixed.isSuperset(of: indices),
                hint: "All of these layers   \(number + 1)")
            {
                actions.append(.explore(.toggleGroup(group)))
            }
            if showsLayers { drawSingle(indices, layers, mixed, perRow, in: &box) }
        }
    }

    private mutating func drawSingle(
        _ indices: [Int], _ layers: [ExplorerDescription.Layer], _ mixed: Set<Int>, _ perRow: Int,
        in box: inout Rect
    ) {
        for start in stride(from: 0, to: indices.count, by: perRow) {
            var row = box.takeTop(Self.checkHeight)
            for index in indices[start..<min(start + perRow, indices.count)] {
                let cell = row.takeLeft(Self.checkWidth)
                if checkBox(
                    "layer \(index)", cell, title: "\(index)", isOn: mixed.contains(index),
                    hint: "Layer \(index), \(layers[index].size)")
                {
                    actions.append(.explore(.toggleLayer(index)))
                }
            }
        }
        _ = box.takeTop(6)
    }
}
