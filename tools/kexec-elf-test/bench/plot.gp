# SPDX-License-Identifier: GPL-2.0
#
# For gnuplot, in the folder that report.py has written to: the picture of a
# benchmark, to $SVG, with $TITLE on top
set terminal svg size 1000,760 font "sans,12" background "white"
set output system("echo $SVG")
set multiplot title system("echo $TITLE") font "sans,15"
set grid ytics lc rgb "#dddddd"
set yrange [0:*]

set size 1, 0.5
set origin 0, 0.45
set title "kexec: instructions, by case"
set style data histogram
set style histogram cluster gap 1
set style fill solid 0.9 border -1
set boxwidth 0.9
set logscale y
set yrange [*:*]
set ylabel "million instructions"
set xtics rotate by -25
set key top left
plot "bars" using 3:xtic(1) title "cold page cache" lc rgb "#9ecae1", \
     "" using 2 title "warm" lc rgb "#3182bd"

unset logscale y
set yrange [0:*]
set xtics norotate
unset key
set size 0.33, 0.45
set origin 0, 0
set xlabel "MiB of sections that are not loaded"
set ylabel "million instructions, system call"
set title "a file that grows"
if (system("wc -l <dwarf") > 0) plot "dwarf" with linespoints lw 2 pt 7 lc rgb "#3182bd"

set origin 0.33, 0
set xlabel "ranges of memory"
set title "memory in more and more ranges"
if (system("wc -l <ranges") > 0) plot "ranges" with linespoints lw 2 pt 7 lc rgb "#3182bd"

set origin 0.66, 0
set xlabel "GiB of memory"
set title "a machine that grows"
set logscale x 4
if (system("wc -l <ram") > 0) plot "ram" with linespoints lw 2 pt 7 lc rgb "#3182bd"
unset multiplot
