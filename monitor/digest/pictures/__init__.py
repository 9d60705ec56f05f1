"""The pictures that explain a finding: SVG with a text alternative. A picture without at least three points is none."""
