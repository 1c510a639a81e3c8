import Imaging
import Stylization
import Viewer

/// What `atelier stylize --live` styles with.
enum LiveStyleChoice {
    /// The network of the method.
    static func style(_ command: StylizeCommand) throws -> any LiveStyle {
        let files = StyleWeightFiles(command.weights)
        switch command.chosenMethod {
        case .atelier: return SkipTransfer(try files.arbitrary(model: command.model))
        case .microast: return MicroASTTransfer(try files.microAST())
        case .adain:
            return FeatureTransfer(
                .adaptiveInstanceNormalization,
                levels: Array(try files.levels(from: 4, for: .adain).prefix(1)))
        case .model: return try StyleModelFile.transfer(command.model ?? "")
        case .wct, .gatys:
            throw Failure(
                "--method \(command.chosenMethod.rawValue) takes too long for --live: choose "
                    + "atelier, microast, adain or model")
        }
    }

    /// The paintings of `--style`, as files hold them.
    static func paintings(_ command: StylizeCommand) throws -> [PixelBuffer] {
        try command.style.map { path in
            let decoded = try ImageFile.decode(contentsOf: path)
            if let warning = decoded.facts.warning, !command.quiet {
                Console.error("\(path): \(warning)")
            }
            return decoded.pixels.converted(to: .rgb)
        }
    }

    /// What the window shows of them.
    static func labels(
        _ command: StylizeCommand, _ paintings: [PixelBuffer]
    ) -> [LivePainting] {
        zip(command.style, paintings).map { path, picture in
            let name = path.split(separator: "/").last.map(String.init) ?? path
            let stem = name.split(separator: ".").dropLast().joined(separator: ".")
            return LivePainting(
                name: stem.isEmpty ? name : stem, thumbnail: picture.within(longerSide: 160))
        }
    }

    /// What is asked for at the beginning: the first painting, or the blend of `--blend`.
    static func controls(_ command: StylizeCommand) -> LiveControls {
        let sum = command.blend.reduce(0, +)
        return LiveControls(
            paintingCount: command.style.count,
            mix: sum > 0 ? command.blend.map { $0 / sum } : nil,
            strength: command.strength ?? 1, keepsColours: command.colours == .luminance)
    }
}

extension PixelBuffer {
    /// The picture in a size of one's own.
    func within(longerSide: Int) -> PixelBuffer {
        let ratio = Double(longerSide) / Double(max(width, height))
        if ratio >= 1 { return self }
        func side(_ length: Int) -> Int { max(1, Int((Double(length) * ratio).rounded())) }
        return resized(width: side(width), height: side(height), filter: .bilinear)
    }

    /// The whole picture in the middle of one of another size, black beside it.
    func letterboxed(width: Int, height: Int) -> PixelBuffer {
        if width == self.width && height == self.height { return self }
        let ratio = min(
            Double(width) / Double(self.width), Double(height) / Double(self.height))
        func side(_ length: Int, _ most: Int) -> Int {
            min(max(1, Int((Double(length) * ratio).rounded())), most)
        }
        let inner = resized(
            width: side(self.width, width), height: side(self.height, height), filter: .bilinear
        ).converted(to: .rgb)
        var result = PixelBuffer(
            width: width, height: height, format: .rgb,
            bytes: [UInt8](repeating: 0, count: width * height * 3))
        result.place(inner, x: (width - inner.width) / 2, y: (height - inner.height) / 2)
        return result
    }
}
