import Imaging

extension Augmentation {
    /// Which rule this step breaks, with the actual value; nil for a sound step.
    var problem: String? {
        func outside(_ name: String, _ value: Float, _ range: ClosedRange<Float>) -> String? {
            range.contains(value) ? nil : "expected \(name) in \(range), got \(value)"
        }
        switch self {
        case .horizontalFlip(let probability), .verticalFlip(let probability),
            .greyscale(let probability):
            return outside("probability", probability, 0...1)
        case .translation(let share, _):
            return outside("translation", share, 0...1)
        case .rotation(let degrees, _):
            return outside("rotation", degrees, 0...180)
        case .randomResizedCrop(let area, let aspect):
            return outside("leastArea", area, 0.01...1) ?? outside("mostAspect", aspect, 1...10)
        case .colourJitter(let brightness, let contrast, let saturation, let hue):
            return outside("brightness", brightness, 0...1) ?? outside("contrast", contrast, 0...1)
                ?? outside("saturation", saturation, 0...1) ?? outside("hue", hue, 0...0.5)
        case .cutout(let side, _, let probability):
            return outside("side", side, 0...1) ?? outside("probability", probability, 0...1)
        }
    }

    /// Changes the picture on a canvas with the numbers drawn for it.
    func apply(to canvas: AugmentationCanvas, draws: AugmentationDraws) {
        var draws = draws
        switch self {
        case .horizontalFlip(let probability):
            if draws.unit() < probability { canvas.mirror() }
        case .verticalFlip(let probability):
            if draws.unit() < probability { canvas.change { $0 = $0.flippedVertically() } }
        case .translation(let share, let border):
            let columns = Int((share * Float(canvas.width)).rounded())
            let rows = Int((share * Float(canvas.height)).rounded())
            canvas.translate(
                columns: draws.integer(-columns, columns), rows: draws.integer(-rows, rows),
                border: border)
        case .rotation(let degrees, let border):
            let angle = draws.between(-degrees, degrees)
            if angle != 0 { canvas.rotate(degrees: angle, border: border) }
        case .randomResizedCrop(let area, let aspect):
            canvas.change {
                $0 = $0.randomResizedCrop(leastArea: area, mostAspect: aspect, &draws)
            }
        case .colourJitter(let brightness, let contrast, let saturation, let hue):
            canvas.jitterColours(
                brightness: draws.between(1 - brightness, 1 + brightness),
                contrast: draws.between(1 - contrast, 1 + contrast),
                saturation: draws.between(1 - saturation, 1 + saturation),
                hue: draws.between(-hue, hue))
        case .greyscale(let probability):
            if draws.unit() < probability, canvas.isColour {
                canvas.jitterColours(brightness: 1, contrast: 1, saturation: 0, hue: 0)
            }
        case .cutout(let side, let level, let probability):
            if draws.unit() < probability {
                canvas.change { $0.cutOut(side: side, level: level, &draws) }
            }
        }
    }
}
