extension Canvas {
    /// Lays a disc with a soft or sharp edge over the picture.
    mutating func drawDisc(
        at middle: Point, radius: Float, _ colour: Colour, opacity: Float = 1, softness: Float = 0
    ) {
        let texel = texel
        change(around: middle, reach: radius + softness + texel) { point, pixel in
            let distance = length(point - middle) - radius
            let cover =
                softness > 0
                ? 1 - smoothstep(-softness, softness, distance) : coverage(distance, texel: texel)
            pixel = mix(pixel, colour, cover * opacity)
        }
    }

    /// Lays a dome over the picture, light on the side that `light` comes from.
    mutating func drawDome(
        at middle: Point, radius: Float, _ colour: Colour, rim: Colour, light: Point
    ) {
        drawDisc(
            at: middle - light * (radius * 0.15), radius: radius, Colour(repeating: 0.05),
            opacity: 0.35, softness: radius * 0.35)
        let texel = texel
        change(around: middle, reach: radius + texel) { point, pixel in
            let offset = (point - middle) / radius
            let square = dot(offset, offset)
            let own = mix(colour, rim, smoothstep(0.3, 1, square)) * (1 + 0.2 * dot(offset, light))
            pixel = mix(pixel, own, coverage((square.squareRoot() - 1) * radius, texel: texel))
        }
    }

    /// Lays a line of even or tapering width over the picture; `bend` moves its middle aside.
    mutating func drawLine(
        from start: Point, to end: Point, width: (start: Float, end: Float), bend: Float = 0,
        _ colour: Colour, shade: Colour
    ) {
        let span = end - start
        let extent = length(span)
        let axis = span / extent
        let reach = extent / 2 + abs(bend) + max(width.start, width.end)
        let texel = texel
        change(around: (start + end) / 2, reach: reach) { point, pixel in
            let offset = point - start
            let along = clamp(dot(offset, axis) / extent, 0, 1)
            let aside =
                dot(offset, perpendicular(axis)) - bend * 4 * along * (1 - along)
            let beyond = dot(offset, axis) - along * extent
            let half = mix(width.start, width.end, along) / 2
            let distance = (aside * aside + beyond * beyond).squareRoot() - half
            let own = mix(colour, shade, smoothstep(-half, half, aside))
            pixel = mix(pixel, own, coverage(distance, texel: texel))
        }
    }

    /// Lays small discs in the spiral of a seed head over the picture: Vogel 1979, "A better way
    /// to construct the sunflower head", https://doi.org/10.1016/0025-5564(79)90080-4.
    mutating func drawSeeds(
        _ head: Head, count: Int, radius: Float, seed: Float, inner: Colour, outer: Colour
    ) {
        for index in 0..<count {
            let share = ((Float(index) + 0.5) / Float(count)).squareRoot()
            let offset = head.point(turns: 0.381_966 * Float(index), distance: radius * share)
            drawDisc(
                at: offset, radius: seed * (0.7 + 0.3 * share), mix(inner, outer, share),
                opacity: 0.9)
        }
    }
}
