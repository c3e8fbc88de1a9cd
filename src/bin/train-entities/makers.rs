//! Makes up names of people, places, clubs and organisations.

use crate::lists::Lists;
use crate::text::Dice;

/// Makes names up.
pub struct Makers {
    firsts: Vec<String>,
    lasts: Vec<String>,
    cities: Vec<String>,
    pub countries: Vec<String>,
    pub demonyms: Vec<String>,
    teams: Vec<String>,
    organisations: Vec<String>,
}

const FIRSTS: &str = "James John Robert Michael William David Richard Thomas Mark Paul Steven Andrew George Kevin Brian Edward Peter Frank Scott Eric Stephen Gary Jose Carlos Juan Luis Miguel Pedro Jorge Antonio Manuel Francisco Rafael Sergio Marco Giovanni Paolo Luca Andrea Stefano Roberto Jean Pierre Michel Francois Jacques Philippe Alain Laurent Olivier Hans Klaus Jurgen Stefan Wolfgang Dieter Karl Heinz Jan Pieter Johan Lars Sven Magnus Anders Erik Mikael Jari Mika Ole Bjorn Ivan Sergei Vladimir Boris Nikolai Dmitry Alexei Andrei Mikhail Yevgeny Viktor Igor Oleg Petr Tomas Jiri Pavel Janusz Marek Andrzej Lech Zoltan Istvan Laszlo Gheorghe Ion Goran Dragan Zoran Slobodan Milan Dejan Mehmet Mustafa Ahmet Hakan Mohamed Ahmed Ali Hassan Hussein Omar Khalid Ibrahim Abdul Saeed Javed Imran Wasim Rahul Sachin Anil Rajesh Sunil Vijay Ravi Sanath Aravinda Kumar Arjuna Hiroshi Takeshi Kenji Yoshio Ryutaro Li Wang Zhang Chen Kim Park Lee Nguyen Tran Suharto Kofi Nelson Thabo Robert Mary Linda Barbara Susan Margaret Anna Maria Elena Natalia Martina Steffi Monica Arantxa Gabriela Jana Conchita Amanda Lindsay Jennifer Karen Helen Sarah Fatima Aisha Benazir Indira Sonia Mei Yuki Ingrid Astrid";

const LASTS: &str = "Smith Jones Taylor Brown Wilson Evans Thomas Roberts Walker Wright Robinson Thompson White Hughes Edwards Green Hall Wood Harris Martin Jackson Clarke Turner Hill Moore Cooper Ward Morris King Watson Baker Morgan Allen Scott Young Mitchell Phillips Campbell Anderson Stewart Murray Ross Reid Graham Kennedy Burke Murphy Sullivan Ryan Byrne Fraser Lopez Garcia Martinez Rodriguez Hernandez Perez Sanchez Ramirez Torres Flores Rivera Gomez Diaz Cruz Ortiz Silva Santos Oliveira Souza Pereira Costa Ferreira Almeida Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Conti Dupont Durand Leroy Moreau Simon Laurent Lefebvre Michel Bertrand Roux Fournier Girard Mueller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein Wolf Braun Krueger Hartmann Lange Werner Krause Jansen Bakker Visser Smit Mulder Bos Vos Peters Hansen Johansen Olsen Larsen Andersen Pedersen Nilsen Kristiansen Johansson Andersson Karlsson Nilsson Eriksson Larsson Svensson Virtanen Korhonen Makinen Ivanov Petrov Sidorov Smirnov Kuznetsov Popov Sokolov Lebedev Kozlov Novikov Morozov Volkov Fedorov Pavlov Novak Svoboda Dvorak Cerny Prochazka Kowalski Nowak Wisniewski Wojcik Kaminski Nagy Kovacs Toth Szabo Horvath Popescu Ionescu Popa Radu Jovanovic Petrovic Nikolic Markovic Djordjevic Stojanovic Kovac Babic Papadopoulos Yilmaz Kaya Demir Celik Sahin Hassan Ibrahim Khalil Saleh Mansour Haddad Khoury Rahman Islam Hossain Chowdhury Khan Malik Butt Qureshi Singh Sharma Verma Gupta Reddy Rao Nair Iyer Patel Shah Desai Perera Silva Fernando Jayawardene Wijesinghe Tanaka Suzuki Takahashi Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Kim Lee Park Choi Jung Kang Cho Yoon Nguyen Tran Pham Hoang Santoso Wibowo Okafor Adeyemi Mensah Diallo Traore Keita Kone Ndlovu Moyo Dlamini Khumalo Botha Pretorius Venter Kruger Mwangi Otieno Kamau Tesfaye Bekele Gebre";

const CITIES: &str = "London Paris Berlin Madrid Rome Vienna Brussels Amsterdam Geneva Zurich Milan Turin Munich Frankfurt Hamburg Cologne Stuttgart Copenhagen Stockholm Oslo Helsinki Dublin Belfast Edinburgh Glasgow Manchester Birmingham Leeds Bristol Cardiff Lisbon Porto Barcelona Valencia Seville Athens Istanbul Ankara Moscow Kiev Minsk Warsaw Krakow Prague Bratislava Budapest Bucharest Sofia Belgrade Zagreb Sarajevo Skopje Tirana Riga Vilnius Tallinn Tbilisi Baku Yerevan Almaty Tashkent Kabul Tehran Baghdad Damascus Beirut Amman Jerusalem Cairo Alexandria Tripoli Tunis Algiers Rabat Casablanca Khartoum Nairobi Kampala Kigali Bujumbura Kinshasa Luanda Lusaka Harare Johannesburg Pretoria Durban Lagos Abuja Accra Dakar Monrovia Freetown Karachi Lahore Islamabad Peshawar Delhi Bombay Mumbai Calcutta Madras Bangalore Colombo Dhaka Kathmandu Rangoon Bangkok Hanoi Vientiane Manila Jakarta Singapore Beijing Shanghai Guangzhou Taipei Seoul Tokyo Osaka Kobe Sydney Melbourne Brisbane Perth Adelaide Auckland Wellington Toronto Montreal Ottawa Vancouver Boston Chicago Detroit Cleveland Pittsburgh Philadelphia Baltimore Washington Atlanta Miami Houston Dallas Denver Phoenix Seattle Portland Minneapolis Milwaukee Cincinnati Indianapolis Havana Kingston Caracas Bogota Quito Lima Santiago Montevideo Asuncion Brasilia Managua Doha Dubai Riyadh Jeddah Kuwait Muscat Sanaa Aden Nicosia Valletta Hartford Toledo Omaha Memphis Nashville Buffalo Albany Tulsa Fresno Oakland Sacramento Leicester Coventry Derby Blackburn Bolton Wolverhampton Portsmouth Reading Stoke Bradford Huddersfield Oldham Swindon Preston Wrexham Stockport Peterborough Plymouth Exeter Luton Swansea Carlisle Blackpool Bournemouth Brighton Sheffield Nottingham Newcastle Nuremberg Duesseldorf Mainz Augsburg Bari Genoa Palermo Lecce Toulouse Sedan Groningen Charleroi Lausanne Lugano Basel Aarhus Odense Debrecen Kosice Rijeka Osijek Salzburg Salamanca Guadalajara Toluca Monterrey Puebla Veracruz Morelia Canberra Cambridge Lincoln Rotherham Halifax Bury Rochdale Torquay Mansfield Darlington Scarborough Colchester Hereford Northampton Gloucester Newport Perpignan Brive Castres Limoges Hiroshima Yokohama Richmond Geelong Neuchatel Lille Metz";
const LONG_CITIES: [&str; 22] = [
    "New York",
    "Los Angeles",
    "San Francisco",
    "San Diego",
    "St. Louis",
    "Kansas City",
    "New Orleans",
    "San Antonio",
    "Mexico City",
    "Buenos Aires",
    "Rio de Janeiro",
    "Sao Paulo",
    "Hong Kong",
    "Tel Aviv",
    "Abu Dhabi",
    "New Delhi",
    "Kuala Lumpur",
    "Cape Town",
    "St. Petersburg",
    "Phnom Penh",
    "Addis Ababa",
    "The Hague",
];
pub const US_TEAM_CITIES: [&str; 34] = [
    "Boston",
    "New York",
    "Baltimore",
    "Toronto",
    "Detroit",
    "Cleveland",
    "Chicago",
    "Milwaukee",
    "Minnesota",
    "Kansas City",
    "Texas",
    "Seattle",
    "Oakland",
    "California",
    "Atlanta",
    "Montreal",
    "Florida",
    "Philadelphia",
    "Houston",
    "Cincinnati",
    "St. Louis",
    "Pittsburgh",
    "Los Angeles",
    "San Diego",
    "San Francisco",
    "Colorado",
    "Denver",
    "Miami",
    "Dallas",
    "Washington",
    "Phoenix",
    "Buffalo",
    "Carolina",
    "Tampa Bay",
];

/// Countries as reports name them most.
const COMMON_COUNTRIES: [&str; 34] = [
    "U.S.",
    "U.S.",
    "US",
    "United States",
    "Britain",
    "England",
    "Scotland",
    "Wales",
    "Ireland",
    "Russia",
    "Germany",
    "France",
    "Italy",
    "Spain",
    "Netherlands",
    "Sweden",
    "Australia",
    "New Zealand",
    "South Africa",
    "South Korea",
    "Czech Republic",
    "Japan",
    "China",
    "India",
    "Pakistan",
    "Sri Lanka",
    "West Indies",
    "Brazil",
    "Argentina",
    "Canada",
    "Iran",
    "Bosnia",
    "Yugoslavia",
    "Zaire",
];

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

impl Makers {
    pub fn new(lists: &Lists) -> Self {
        let of = |names: &[&str]| -> Vec<String> {
            names
                .iter()
                .flat_map(|name| lists.get(name).iter().cloned())
                .collect()
        };
        let mut cities = words(CITIES);
        cities.extend(LONG_CITIES.map(str::to_owned));
        let mut lasts = words(LASTS);
        lasts.extend(
            of(&["surname"])
                .into_iter()
                .filter(|name| !name.contains(' ')),
        );
        let mut countries = of(&["country"]);
        for _ in 0..3 {
            countries.extend(COMMON_COUNTRIES.map(str::to_owned));
        }
        Self {
            firsts: words(FIRSTS),
            lasts,
            cities,
            countries,
            demonyms: of(&["demonym"])[..120].to_vec(),
            teams: of(&["team", "team-phrase"]),
            organisations: of(&["org", "org-phrase"]),
        }
    }

    pub fn first(&self, dice: &mut Dice) -> String {
        dice.pick(&self.firsts).clone()
    }

    pub fn last(&self, dice: &mut Dice) -> String {
        dice.pick(&self.lasts).clone()
    }

    pub fn city(&self, dice: &mut Dice) -> String {
        dice.pick(&self.cities).clone()
    }

    pub fn person(&self, dice: &mut Dice) -> String {
        let (first, last) = (self.first(dice), self.last(dice));
        match dice.below(20) {
            0 => format!("{first} {} {last}", (b'A' + dice.below(26) as u8) as char),
            1 => format!("{first} de {last}"),
            2 => format!("{first} {last} {}", self.last(dice)),
            3 => format!("{first} {last}-{}", self.last(dice)),
            _ => format!("{first} {last}"),
        }
    }

    pub fn initialled(&self, dice: &mut Dice) -> String {
        let initial = (b'A' + dice.below(26) as u8) as char;
        format!("{initial}. {}", self.last(dice))
    }

    pub fn team(&self, dice: &mut Dice) -> String {
        if dice.percent(35) {
            self.city(dice)
        } else {
            dice.pick(&self.teams).clone()
        }
    }

    /// A building or a site.
    pub fn facility(&self, dice: &mut Dice) -> String {
        let named = match dice.below(4) {
            0 => self.city(dice),
            1 => self.person(dice),
            2 => (*dice.pick(&[
                "National",
                "Royal",
                "Grand",
                "Central",
                "Olympic",
                "Memorial",
                "Old",
                "Metro",
                "Great Western",
                "Victoria",
                "Pacific",
                "St. Mary 's",
            ]))
            .to_owned(),
            _ => self.last(dice),
        };
        let site = *dice.pick(&[
            "Museum",
            "Museum",
            "Art Museum",
            "Science Museum",
            "Art Gallery",
            "Gallery",
            "Planetarium",
            "Stadium",
            "Stadium",
            "Arena",
            "Park",
            "Square",
            "Hall",
            "Theatre",
            "Theater",
            "Opera House",
            "Convention Center",
            "Convention Centre",
            "Space Center",
            "Science Center",
            "Art Center",
            "Arts Centre",
            "Exhibition Centre",
            "Trade Center",
            "Airport",
            "International Airport",
            "Airport",
            "Air Force Base",
            "Naval Base",
            "Bridge",
            "Tunnel",
            "Tower",
            "Building",
            "Hotel",
            "Palace",
            "Castle",
            "Cathedral",
            "Mosque",
            "Temple",
            "Cemetery",
            "Prison",
            "Street",
            "Avenue",
            "Road",
            "Station",
            "Racecourse",
            "Zoo",
            "Aquarium",
            "Dam",
            "Nuclear Power Station",
            "Observatory",
            "Memorial",
            "Garden",
            "Market",
            "Mall",
        ]);
        match dice.below(8) {
            0 => format!(
                "Museum of {}",
                dice.pick(&[
                    "Art",
                    "Modern Art",
                    "Science",
                    "Natural History",
                    "History",
                    "Fine Arts",
                    "Transport",
                    "Aviation",
                ])
            ),
            1 => format!("{} {site}", self.city(dice)),
            _ => format!("{named} {site}"),
        }
    }

    pub fn organisation(&self, dice: &mut Dice) -> String {
        let city = self.city(dice);
        let country = dice.pick(&self.countries).clone();
        let demonym = dice.pick(&self.demonyms).clone();
        let (one, two) = (self.last(dice), self.last(dice));
        let trade = *dice.pick(&[
            "Technologies",
            "Industries",
            "Steel",
            "Motors",
            "Airlines",
            "Foods",
            "Pharmaceuticals",
            "Electric",
            "Energy",
            "Petroleum",
            "Resources",
            "Mining",
            "Textiles",
            "Chemicals",
            "Semiconductor",
            "Software",
            "Financial",
            "Holdings",
            "Systems",
            "Telecom",
            "Insurance",
            "Securities",
            "Properties",
            "Shipping",
            "Gold Mines",
            "Communications",
            "Instruments",
            "Capital",
            "Oil",
        ]);
        let ending = *dice.pick(&[
            "Inc", "Inc.", "Corp", "Corp.", "Co", "Co.", "Ltd", "Ltd.", "Plc", "PLC", "AG", "SA",
            "NV", "Group", "AB", "SpA", "Bhd", "& Co", "LLC",
        ]);
        match dice.below(26) {
            0..3 => format!("{one} {trade} {ending}"),
            3 => format!("{one} {ending}"),
            4 => format!("{one} & {two}"),
            5 => format!("{city} {trade} {ending}"),
            6 => format!("Bank of {city}"),
            7 => format!("{country} National Bank"),
            8 => format!("University of {city}"),
            9 => format!("{city} University"),
            10 => format!(
                "{demonym} {} Federation",
                dice.pick(&[
                    "Football",
                    "Cycling",
                    "Tennis",
                    "Trade Union",
                    "Rugby",
                    "Athletics",
                    "Ski"
                ])
            ),
            11 => format!(
                "{} Ministry",
                dice.pick(&[
                    "Foreign",
                    "Interior",
                    "Defence",
                    "Defense",
                    "Finance",
                    "Health",
                    "Justice",
                    "Agriculture",
                    "Trade",
                    "Education"
                ])
            ),
            12 => format!(
                "{} Party",
                dice.pick(&[
                    "Democratic",
                    "National",
                    "People 's",
                    "Workers",
                    "Justice",
                    "Liberal",
                    "Socialist",
                    "Communist",
                    "Green",
                    "Labour",
                    "Social Democratic",
                    "Freedom",
                    "Motherland",
                    "Reform"
                ])
            ),
            13 => format!(
                "{} Liberation {}",
                dice.pick(&["National", "People 's", &country]),
                dice.pick(&["Front", "Army", "Movement"])
            ),
            14 => format!(
                "{} Department",
                dice.pick(&[
                    "State",
                    "Justice",
                    "Agriculture",
                    "Commerce",
                    "Police",
                    "Fire",
                    "Labor"
                ])
            ),
            15 => format!(
                "{city} {}",
                dice.pick(&[
                    "Times",
                    "Post",
                    "Stock Exchange",
                    "Police Department",
                    "City Council",
                    "Tribune",
                    "Symphony Orchestra"
                ])
            ),
            16 => {
                let letters = 3 + dice.below(2);
                (0..letters)
                    .map(|_| (b'A' + dice.below(26) as u8) as char)
                    .collect()
            }
            17 => format!(
                "{} {}",
                dice.pick(&[
                    "First", "National", "United", "General", "Pacific", "Atlantic", "Northern",
                    "Global"
                ]),
                trade
            ),
            18 => format!(
                "{demonym} {}",
                dice.pick(&[
                    "Airways",
                    "Airlines",
                    "Red Cross",
                    "Railways",
                    "Telecom",
                    "Steel"
                ])
            ),
            19 => self.team(dice),
            _ => dice.pick(&self.organisations).clone(),
        }
    }
}
