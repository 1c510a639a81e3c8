import Glibc

func sine(_ x: Double) -> Double { sin(x) }
func arcCosine(_ x: Double) -> Double { acos(x) }
