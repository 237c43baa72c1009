use jiff::civil::date;
use quantx::lake::adjusted::AdjustedBar;

use super::*;

fn listing(symbol: &str, closes: &[f64]) -> ListingRows {
    let rows = closes.iter().zip(1..).map(|(close, day)| AdjustedBar {
        date: date(2024, 7, day),
        open: Some(close - 1.0),
        high: None,
        low: Some(close - 2.0),
        close: *close,
        volume: (day != 2).then_some(1_000 * i64::from(day)),
        dividend: if day == 2 { 0.25 } else { 0.0 },
        split: if day == 3 { 4.0 } else { 0.0 },
        adjusted_close: *close,
        split_factor: 1.0,
    });
    ListingRows {
        symbol: symbol.to_owned(),
        currency: Some("USD".to_owned()),
        stored: (date(2024, 7, 1), date(2024, 7, 5)),
        rows: rows.collect(),
    }
}

fn draw(listings: &[ListingRows], drawing: Drawing, scale: Scale) -> String {
    let basis = Basis::Splits;
    let picture = Picture {
        listings,
        basis,
        drawing,
        scale,
    };
    let svg = plot(&picture, PictureFormat::Svg).unwrap();
    assert_eq!(svg, plot(&picture, PictureFormat::Svg).unwrap());
    let png = plot(&picture, PictureFormat::Png).unwrap();
    assert_eq!(png, plot(&picture, PictureFormat::Png).unwrap());
    assert!(png.starts_with(b"\x89PNG\r\n"));
    let svg = String::from_utf8(svg).unwrap();
    assert!(
        svg.starts_with("<svg") && svg.ends_with("</svg>\n"),
        "{svg}"
    );
    svg
}

#[test]
fn a_picture_names_what_it_shows_and_marks_events() {
    let svg = draw(
        &[listing("AAPL", &[10.0, 12.0, 11.0])],
        Drawing::Lines,
        Scale::Linear,
    );
    assert!(svg.contains("AAPL, without splits, USD"), "{svg}");
    assert!(svg.contains("split 4:1"), "{svg}");
    assert_eq!(svg.matches("<circle").count(), 2);
    assert!(svg.contains("2024-07-0"), "{svg}");
}

#[test]
fn a_future_is_drawn_below_zero_and_a_log_scale_says_that_it_cannot() {
    let oil = [listing("CL=F", &[18.27, -37.63, 10.01, 0.0])];
    let svg = draw(&oil, Drawing::Lines, Scale::Linear);
    assert!(svg.contains("-40.00") && !svg.contains("NaN"), "{svg}");
    draw(&oil, Drawing::Candles, Scale::Linear);
    let plotted = |listings: &[ListingRows], scale| {
        let picture = Picture {
            listings,
            basis: Basis::Total,
            drawing: Drawing::Lines,
            scale,
        };
        plot(&picture, PictureFormat::Svg).map_err(|error| error.to_string())
    };
    let error = plotted(&oil, Scale::Log).unwrap_err();
    assert!(error.contains("leave --log out"), "{error}");
    let two = [listing("CL=F", &[0.0, 1.0]), listing("AAPL", &[10.0, 20.0])];
    let error = plotted(&two, Scale::Linear).unwrap_err();
    assert!(error.contains("CL=F begins at a price of zero"), "{error}");
}

#[test]
fn what_a_vendor_says_is_text_in_the_picture() {
    let mut hostile = listing("AAPL", &[10.0, 12.0, 11.0]);
    hostile.currency = Some("</text><script>alert(1)</script>\"'&".to_owned());
    let svg = draw(&[hostile], Drawing::Lines, Scale::Linear);
    assert!(!svg.contains("<script"), "{svg}");
    assert!(svg.contains("&lt;script&gt;"), "{svg}");
}

#[test]
fn several_listings_begin_at_one_hundred() {
    let two = [
        listing("AAPL", &[10.0, 20.0]),
        listing("IBM", &[400.0, 200.0]),
    ];
    let svg = draw(&two, Drawing::Lines, Scale::Linear);
    assert!(
        svg.contains("AAPL, IBM, without splits, from 100 on"),
        "{svg}"
    );
    assert!(svg.contains(">\n200.00") || svg.contains("200.00"), "{svg}");
    assert!(!svg.contains("400.00"), "{svg}");
}

#[test]
fn candles_log_scales_and_single_rows_are_drawn_too() {
    let closes = [10.0, 12.0, 11.0];
    draw(&[listing("AAPL", &closes)], Drawing::Candles, Scale::Linear);
    draw(&[listing("AAPL", &closes)], Drawing::Candles, Scale::Log);
    draw(&[listing("AAPL", &closes[..1])], Drawing::Lines, Scale::Log);
}

#[test]
fn shares_are_read_at_a_glance() {
    assert_eq!(
        [0.0, 950.0, 1_500.0, 2e6, 3.25e9].map(|n| shares(&n)),
        ["0", "950", "1.5 k", "2 M", "3.2 bn"]
    );
}

/// Texts are made of the font in the program: a picture with another title has other pixels, and a letter that
/// the font lacks does not end the picture.
#[test]
fn texts_are_drawn_in_pixels_too() {
    let png = |symbol: &str| {
        let listings = [listing(symbol, &[10.0, 12.0])];
        let picture = Picture {
            listings: &listings,
            basis: Basis::AsTraded,
            drawing: Drawing::Lines,
            scale: Scale::Linear,
        };
        let file = plot(&picture, PictureFormat::Png).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), SIZE);
        pixels
    };
    assert_ne!(png("AAPL"), png("IBM"));
    assert!(png("AAPL").iter().any(|part| *part != u8::MAX));
    png("株式");
}
