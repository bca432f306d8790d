module perch.invalid/toolchain/scrape-load

go 1.26.0
