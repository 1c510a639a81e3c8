import Imaging

extension DatasetCheck {
    /// What to train with.
    ///
    /// The side is the largest power of two of 16 to 256 that nine pictures in ten reach without
    /// being enlarged by more than 15% (28x28 gives 32).
    static func proposal(for facts: [Facts]) -> DatasetReport.Proposal {
        var reasons: [String] = []
        let shortSides = facts.map { min($0.width, $0.height) }.sorted()
        let typical = shortSides[shortSides.count / 10]
        var side = 16
        while side < 256 && Double(2 * side) <= 1.15 * Double(typical) { side *= 2 }
        reasons.append("nine pictures in ten have a shorter side of \(typical) or more")
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
