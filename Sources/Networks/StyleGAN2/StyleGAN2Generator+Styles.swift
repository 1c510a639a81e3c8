public import TensorCore

// Styles by themselves: for truncation, for mixing by layer, and for ways through their space.

extension StyleGAN2Generator {
    /// Styles `[N, W]` of latents `[N, latentSize]`: one for all layers. Labels are int32 `[N]`, where
    /// there are classes.
    public func mapped(_ latents: Tensor, labels: Tensor? = nil) -> Tensor {
        precondition(
            latents.rank == 2 && latents.shape[1] == latentSize,
            "[StyleGAN2Generator] expected latents [N, \(latentSize)], got \(latents.shape)")
        precondition(
            classCount == 0 || labels?.shape == [latents.shape[0]],
            "[StyleGAN2Generator] expected labels [\(latents.shape[0])] of \(classCount) classes, "
                + "got \(labels.map { "\($0.shape)" } ?? "none")")
        return mapping(latents, labels)
    }

    /// Pictures `[N, H, W, C]` from a style for each layer, `[N, layerCount, W]`; with a key, noise is
    /// drawn from it.
    public func synthesized(_ styles: Tensor, key: RandomKey? = nil) -> Tensor {
        checkStyles(styles, "synthesized")
        return synthesis(styles, key: key)
    }

    /// Styles `[N, W]` for every layer: `[N, layerCount, W]`.
    public func layered(_ styles: Tensor) -> Tensor {
        precondition(
            styles.rank == 2 && styles.shape[1] == configuration.styleSize,
            "[layered] expected styles [N, \(configuration.styleSize)], got \(styles.shape)")
        return styles.expanded(at: 1).broadcast(
            to: [styles.shape[0], layerCount, configuration.styleSize])
    }

    /// The mean of the styles seen in training, `[W]`: what truncation pulls toward.
    public var averageStyle: Tensor { mapping.average }

    /// Styles nearer to the average one, `[N, layerCount, W]`: `average + psi (style - average)`.
    /// Less variety for fewer failures.
    ///
    /// - Parameters:
    ///   - styles: `[N, layerCount, W]`.
    ///   - psi: 1 leaves styles as they are, 0 makes them the average one.
    ///   - cutoff: How many layers it is done for, from the coarsest on; all unless given.
    public func truncated(_ styles: Tensor, psi: Float, cutoff: Int? = nil) -> Tensor {
        checkStyles(styles, "truncated")
        let cutoff = cutoff ?? layerCount
        precondition(
            (0...layerCount).contains(cutoff),
            "[truncated] expected a cutoff from 0 to \(layerCount), got \(cutoff)")
        // Data, not structure: dragging psi makes no new plans.
        let weights = Tensor(
            (0..<layerCount).map { $0 < cutoff ? psi : 1 }, shape: [1, layerCount, 1])
        return averageStyle + (styles - averageStyle) * weights
    }

    /// Styles `[N, layerCount, W]` of which some layers come from others.
    ///
    /// - Parameters:
    ///   - styles: `[N, layerCount, W]`.
    ///   - others: `[N, layerCount, W]`, or `[1, layerCount, W]` for all.
    ///   - layers: The layers that are taken from the others; `styleLayers` tells their groups.
    public func mixed(_ styles: Tensor, with others: Tensor, layers: Set<Int>) -> Tensor {
        checkStyles(styles, "mixed")
        checkStyles(others, "mixed")
        precondition(
            others.shape[0] == styles.shape[0] || others.shape[0] == 1,
            "[mixed] expected \(styles.shape[0]) styles to take from, or one, got \(others.shape)")
        precondition(
            layers.allSatisfy { (0..<layerCount).contains($0) },
            "[mixed] expected layers from 0 to \(layerCount - 1), got \(layers.sorted())")
        let taken = Tensor(
            bool: (0..<layerCount).map { layers.contains($0) }, shape: [1, layerCount, 1])
        return select(taken, others, styles)
    }

    private func checkStyles(_ styles: Tensor, _ function: String) {
        let expected = [layerCount, configuration.styleSize]
        precondition(
            styles.rank == 3 && Array(styles.shape[1...]) == expected,
            "[\(function)] expected styles [N, \(layerCount), \(configuration.styleSize)], got "
                + "\(styles.shape)")
    }
}
