//! Listings as a picture: prices above, volume beneath, events marked. The same rows give the same bytes.

mod axis;
mod events;

use std::ops::Range;
use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::prelude::*;
use quantx::lake::adjusted::Basis;
use quantx::operations::show::ListingRows;

use crate::args::PictureFormat;
use axis::{Days, Prices, day};

const SIZE: (u32, u32) = (1100, 640);
/// Red, green and blue.
const BYTES_PER_PIXEL: usize = 3;
/// The Latin letters of DejaVu Sans, under the licence beside it.
const FONT: &[u8] = include_bytes!("../../../assets/DejaVuSans-Latin.ttf");
/// Height of the prices; volume has the rest.
const PRICES: u32 = 490;
/// Colours that everybody can tell apart (Okabe and Ito).
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(90, 90, 90),
    RGBColor(148, 103, 189),
];
const GRID: RGBColor = RGBColor(225, 229, 235);
const TEXT: RGBColor = RGBColor(50, 60, 72);
/// What several listings begin at, because their units differ.
const BEGIN: f64 = 100.0;

type Area<B> = DrawingArea<B, Shift>;
type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// What is drawn, and how.
#[derive(Debug)]
pub(crate) struct Picture<'a> {
    /// Each with a row at least.
    pub(crate) listings: &'a [ListingRows],
    /// What is taken out of the prices.
    pub(crate) basis: Basis,
    pub(crate) drawing: Drawing,
    pub(crate) scale: Scale,
}

/// How prices are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drawing {
    /// Closes.
    Lines,
    /// Open, high, low and close.
    Candles,
}

/// The price axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Equal differences are equally high.
    Linear,
    /// Equal ratios are equally high.
    Log,
}

/// The picture as a file of `format`.
///
/// # Errors
/// For prices of zero or below, which futures may have, what has no place for them: a log scale, and listings that
/// begin at 100 each. Else what the drawing library says; never for rows of the lake.
pub(crate) fn plot(picture: &Picture<'_>, format: PictureFormat) -> anyhow::Result<Vec<u8>> {
    register()?;
    let begins_below = |listing: &&ListingRows| {
        let first = listing.rows.first();
        picture.listings.len() > 1 && first.is_some_and(|row| row.close <= 0.0)
    };
    if let Some(listing) = picture.listings.iter().find(begins_below) {
        anyhow::bail!(
            "{} begins at a price of zero or below, which cannot be made 100; draw it alone, or \
             from another date on (--from)",
            listing.symbol
        );
    }
    anyhow::ensure!(
        picture.scale == Scale::Linear || bounds(picture).0 > 0.0,
        "a logarithmic scale has no place for prices of zero or below; leave --log out"
    );
    match format {
        PictureFormat::Svg => {
            let mut svg = String::new();
            let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
            draw(&root, picture)?;
            drop(root);
            Ok(svg.into_bytes())
        }
        PictureFormat::Png => {
            let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
            let mut pixels = vec![0; width * height * BYTES_PER_PIXEL];
            let root = BitMapBackend::with_buffer(&mut pixels, SIZE).into_drawing_area();
            draw(&root, picture)?;
            drop(root);
            encoded(&pixels)
        }
    }
}

/// Names the font that pixels are made with. SVG only takes widths of texts from it: whoever shows the file
/// has a font.
fn register() -> anyhow::Result<()> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let is_usable = DONE.get_or_init(|| {
        plotters::style::register_font("sans-serif", FontStyle::Normal, FONT).is_ok()
    });
    anyhow::ensure!(is_usable, "the font of pictures is unusable");
    Ok(())
}

fn encoded(pixels: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIZE.0, SIZE.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}

fn draw<B>(root: &Area<B>, picture: &Picture<'_>) -> Drawn<B>
where
    B: DrawingBackend,
    B::ErrorType: 'static,
{
    root.fill(&WHITE)?;
    let room = root.margin(8, 0, 0, 0);
    let room = room.titled(&title(picture), ("sans-serif", 20).into_font().color(&TEXT))?;
    let (upper, lower) = room.split_vertically(PRICES);
    let dates = dates(picture);
    let (low, high) = bounds(picture);
    let range = match picture.scale {
        Scale::Linear => {
            let room = ((high - low) * 0.06).max(high * 0.001);
            // Below zero only where prices are.
            let floor = if low < 0.0 { f64::MIN } else { 0.0 };
            (low - room).max(floor)..high + room
        }
        Scale::Log => low / 1.04..high * 1.04,
    };
    prices(&upper, picture, &dates, Prices::new(range, picture.scale))?;
    volumes(&lower, picture, &dates)?;
    root.present()
}

fn title(picture: &Picture<'_>) -> String {
    let symbols: Vec<&str> = picture
        .listings
        .iter()
        .map(|listing| listing.symbol.as_str())
        .collect();
    let basis = match picture.basis {
        Basis::AsTraded => "as traded",
        Basis::Splits => "without splits",
        Basis::Total => "adjusted for splits and payments",
    };
    let unit = match picture.listings {
        [one] => format!(", {}", one.currency.as_deref().unwrap_or("unnamed unit")),
        _ => format!(", from {BEGIN} on"),
    };
    format!("{}, {basis}{unit}", symbols.join(", "))
}

fn dates(picture: &Picture<'_>) -> Range<i32> {
    let rows = picture.listings.iter().flat_map(|listing| &listing.rows);
    let days = rows.map(|row| day(row.date));
    let first = days.clone().min().unwrap_or_default();
    let last = days.max().unwrap_or_default();
    first - 1..last + 1
}

/// What a listing's prices are multiplied with.
fn factor(picture: &Picture<'_>, listing: &ListingRows) -> f64 {
    match (picture.listings, listing.rows.first()) {
        ([_], _) | (_, None) => 1.0,
        (_, Some(first)) => BEGIN / first.close,
    }
}

/// The lowest and highest drawn price.
fn bounds(picture: &Picture<'_>) -> (f64, f64) {
    let mut bounds = (f64::MAX, f64::MIN);
    for listing in picture.listings {
        let factor = factor(picture, listing);
        for row in &listing.rows {
            let (low, high) = match picture.drawing {
                Drawing::Lines => (row.close, row.close),
                Drawing::Candles => (
                    row.low.unwrap_or(row.close).min(row.close),
                    row.high.unwrap_or(row.close).max(row.close),
                ),
            };
            bounds.0 = bounds.0.min(low * factor);
            bounds.1 = bounds.1.max(high * factor);
        }
    }
    bounds
}

fn prices<B>(area: &Area<B>, picture: &Picture<'_>, dates: &Range<i32>, y: Prices) -> Drawn<B>
where
    B: DrawingBackend,
    B::ErrorType: 'static,
{
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(34)
        .x_label_area_size(46)
        .y_label_area_size(72)
        .build_cartesian_2d(Days::new(dates.clone()), y)?;
    let style = ("sans-serif", 13).into_font().color(&TEXT);
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .label_style(style.clone())
        .x_desc("dots mark dividends, capital gains and splits")
        .draw()?;
    let floor = chart.plotting_area().get_y_range().start;
    let coloured = picture.listings.iter().zip(COLOURS.iter().cycle());
    for ((listing, colour), level) in coloured.zip(0..) {
        let factor = factor(picture, listing);
        match picture.drawing {
            Drawing::Lines => {
                let points = listing.rows.iter();
                let points = points.map(|row| (day(row.date), row.close * factor));
                let line = LineSeries::new(points, colour.stroke_width(2));
                let series = chart.draw_series(line)?;
                let colour = *colour;
                series.label(listing.symbol.as_str()).legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(3))
                });
            }
            Drawing::Candles => {
                let width = candle_width(listing, dates);
                chart.draw_series(listing.rows.iter().map(|row| {
                    let open = row.open.unwrap_or(row.close);
                    let high = row.high.unwrap_or(open.max(row.close));
                    let low = row.low.unwrap_or(open.min(row.close));
                    let rising = COLOURS[0].filled();
                    let falling = COLOURS[1].filled();
                    CandleStick::new(
                        day(row.date),
                        open,
                        high,
                        low,
                        row.close,
                        rising,
                        falling,
                        width,
                    )
                }))?;
            }
        }
        chart.draw_series(events::marks(listing, floor, level, *colour))?;
    }
    if picture.listings.len() > 1 {
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.85))
            .border_style(GRID)
            .label_font(style)
            .draw()?;
    }
    Ok(())
}

/// Pixels of a candle, so that neighbours do not touch.
fn candle_width(listing: &ListingRows, dates: &Range<i32>) -> u32 {
    let sessions = (listing.rows.len().max(1)) as f64;
    let days = f64::from((dates.end - dates.start).max(1));
    // Five of seven days have a session.
    let pixels = f64::from(SIZE.0 - 100) / days.max(sessions) * 0.8;
    pixels.clamp(1.0, 15.0) as u32
}

fn volumes<B>(area: &Area<B>, picture: &Picture<'_>, dates: &Range<i32>) -> Drawn<B>
where
    B: DrawingBackend,
    B::ErrorType: 'static,
{
    let rows = picture.listings.iter().flat_map(|listing| &listing.rows);
    let most = rows.filter_map(|row| row.volume).max().unwrap_or_default();
    let mut chart = ChartBuilder::on(area)
        .margin_left(12)
        .margin_right(34)
        .margin_bottom(10)
        .x_label_area_size(0)
        .y_label_area_size(72)
        .build_cartesian_2d(Days::new(dates.clone()), 0.0..(most as f64 * 1.08).max(1.0))?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .label_style(("sans-serif", 13).into_font().color(&TEXT))
        .y_labels(3)
        .y_desc("shares")
        .y_label_formatter(&shares)
        .draw()?;
    for (listing, colour) in picture.listings.iter().zip(COLOURS.iter().cycle()) {
        let colour = colour.mix(if picture.listings.len() > 1 { 0.5 } else { 0.8 });
        chart.draw_series(listing.rows.iter().filter_map(|row| {
            let (x, volume) = (day(row.date), row.volume? as f64);
            Some(PathElement::new([(x, 0.0), (x, volume)], colour))
        }))?;
    }
    Ok(())
}

/// `1.5 M`
fn shares(volume: &f64) -> String {
    let units = [(1e9, " bn"), (1e6, " M"), (1e3, " k")];
    let unit = units.iter().find(|(size, _)| *volume >= *size);
    let (size, name) = unit.copied().unwrap_or((1.0, ""));
    let text = format!("{:.1}", volume / size);
    format!("{}{name}", text.trim_end_matches(".0"))
}

#[cfg(test)]
mod tests;
