import Imaging

extension DatasetCheck {
    /// What to train with; the side as ``FittingSide`` has it.
    static func proposal(for facts: [Facts]) -> DatasetReport.Proposal {
        var reasons: [String] = []
        let shortSides = facts.map { min($0.width, $0.height) }
        let typical = FittingSide.typicalShortSide(shortSides) ?? 0
        let side = FittingSide.side(forShortSides: shortSides)
        reasons.append("nine pictures in ten have a shorter side of \(typical) or more")
        if side > FittingSide.mostUnasked {
            reasons.append(
                "more than \(FittingSide.mostUnasked) takes hours without a GPU: training takes "
                    + "\(FittingSide.mostUnasked) where no size is given")
        }
        let enlarged = shortSides.count { Double(side) > 1.15 * Double($0) }
        if enlarged > 0 {
            reasons.append("\(enlarged) smaller pictures will be enlarged and look soft")
        }
        let allGrey = facts.allSatisfy { $0.isColourless }
        let anyTransparent = facts.contains { $0.isTransparent }
        let channels: ChannelChoice = allGrey ? .grey : .rgb
        if allGrey && facts.contains(where: { $0.format.channelCount >= 3 }) {
            reasons.append("every pixel is grey though the files have colour channels")
        }
        if anyTransparent {
            let count = facts.count { $0.isTransparent }
            reasons.append(
                "\(count) pictures are transparent somewhere: they are laid over the background; "
                    + "channels rgba keeps it")
        }
        let aspects = facts.map {
            Double(max($0.width, $0.height)) / Double(min($0.width, $0.height))
        }
        .sorted()
        let crop: CropStyle = aspects[aspects.count / 2] > 2 ? .fit : .centre
        let cut = aspects.count { $0 > 1.5 }
        if crop == .fit {
            reasons.append(
                "most pictures are more than twice as long as wide: a crop would lose half")
        } else if cut > 0 {
            reasons.append("\(cut) pictures lose more than a third of their length to the crop")
        }
        if facts.count < 1_000 {
            reasons.append("\(facts.count) pictures are few: augment, and expect repetition")
        }
        return DatasetReport.Proposal(side: side, channels: channels, crop: crop, reasons: reasons)
    }
}
