/// The outline of a petal or leaf: from its base along an axis to its tip, half as wide as
/// `halfWidth` allows at each point of the way.
struct Petal {
    var base: Point
    /// A unit vector.
    var axis: Point
    var length: Float
    var halfWidth: Float
    /// -0.8...0.8: where it is widest, from near the base to near the tip.
    var fullness: Float = 0
    /// 0 is a round tip, 1 a sharp one.
    var sharpness: Float = 0
    /// How far the tip is cut in at the middle, as a share of the length.
    var notch: Float = 0
    /// How far the tip leans aside, as a share of the length.
    var bend: Float = 0

    /// A place on a petal.
    struct Place {
        /// 0 at the base, 1 at the tip.
        var along: Float
        /// -1 at one edge of the widest part, 1 at the other.
        var across: Float
        /// To the edge, negative inside.
        var distance: Float
    }

    /// The square of the width at a point of the way, 1 at the widest for fullness 0; negative
    /// beyond the ends, so that the outline closes there.
    @inline(__always)
    private func profile(_ t: Float) -> Float {
        let taper = 1 + fullness * (2 * t - 1)
        let tip = t < 1 ? 1 - sharpness * t * t : 1 - sharpness * 0.98
        return 4 * t * (1 - t) * taper * taper * tip
    }

    /// Where a point lies on the petal, if it is at most `reach` outside. The distance is of first
    /// order in the outline, and never less than that to the frame of axis and width.
    @inline(__always)
    func place(_ point: Point, scale: Float, within reach: Float) -> Place? {
        let offset = point - base
        let forward = dot(offset, axis)
        let raw = forward / length
        let aside = dot(offset, perpendicular(axis)) - bend * length * raw * raw
        let outside = max(abs(aside) - halfWidth, max(forward - length, -forward))
        guard outside < reach else { return nil }
        let across = aside / halfWidth
        let cut = max(0, 1 - across * across * 2.5)
        let along = raw * (1 + notch * cut * cut)
        let step: Float = 0.01
        let square = halfWidth * halfWidth * scale
        let here = square * profile(along)
        let slope = (square * profile(along + step) - here) / (step * length)
        let steepness = (4 * aside * aside + slope * slope + 1e-6).squareRoot()
        return Place(
            along: along, across: across,
            distance: max(outside, (aside * aside - here) / steepness))
    }

    /// What `profile` must be multiplied by for the widest place to be `halfWidth` wide.
    var widthScale: Float {
        var widest: Float = 0.01
        for step in 1..<24 { widest = max(widest, profile(Float(step) / 24)) }
        return 1 / widest
    }

    /// The middle of a square that holds the petal, and half its side.
    var bounds: (middle: Point, reach: Float) {
        (base + axis * (length / 2), length * (0.55 + abs(bend)) + halfWidth)
    }
}

/// How a petal is coloured.
struct PetalPaint {
    var base: Colour
    var tip: Colour
    /// Where along the petal base turns into tip.
    var turn: (start: Float, end: Float) = (0, 1)
    /// How much darker the middle line is.
    var vein: Float = 0.06
    /// How much lighter the edge is.
    var rim: Float = 0.06
    /// How strongly the petal is curved across, as light shows it.
    var cup: Float = 0.1
    /// How dark the shadow is that it casts on what lies below.
    var shadow: Float = 0.3
}

extension Canvas {
    /// Lays a petal over the picture; light comes from the direction `light`.
    mutating func draw(_ petal: Petal, _ paint: PetalPaint, light: Point) {
        let scale = petal.widthScale
        let (middle, reach) = petal.bounds
        let softness = 0.05 + petal.halfWidth * 0.25
        if paint.shadow > 0 {
            var thrown = petal
            thrown.base -= light * (softness * 0.5)
            change(around: middle, reach: reach + softness) { point, colour in
                guard let place = thrown.place(point, scale: scale, within: softness) else {
                    return
                }
                let amount = 1 - smoothstep(-softness * 0.5, softness, place.distance)
                colour *= 1 - paint.shadow * amount
            }
        }
        let texel = texel
        let tilt = 0.09 * dot(petal.axis, light)
        let lean = paint.cup * dot(perpendicular(petal.axis), light)
        change(around: middle, reach: reach + texel) { point, colour in
            guard let place = petal.place(point, scale: scale, within: texel) else { return }
            let cover = coverage(place.distance, texel: texel)
            guard cover > 0 else { return }
            let turned = smoothstep(paint.turn.start, paint.turn.end, place.along)
            var own = mix(paint.base, paint.tip, turned)
            let across = clamp(place.across, -1, 1)
            let vein = max(0, 1 - abs(across) * 3)
            let rim = smoothstep(-petal.halfWidth * 0.5, 0, place.distance)
            own *= 1 + tilt + lean * across - paint.vein * vein * (1 - place.along)
            own += (1 - own) * (paint.rim * rim)
            colour = mix(colour, own, cover)
        }
    }
}
