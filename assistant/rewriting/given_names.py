"""Given names from many languages, in lower case: what tells "Lupe left" from "Food left".

A help for reading names, never complete. Names that are everyday English words as well ("mark",
"grace", "will", "may", "hope") are left out: those need other signs.
"""

from __future__ import annotations

GIVEN_NAMES = frozenset(
    """
    aaron abbie abdul abdullah abena abigail abraham ada adam adaeze adam adebayo adele adeola adil aditi adnan adrian
    agata agnes agnieszka ahmad ahmed aidan aiden aileen aisha aisling aiyana ajay akash aki akiko akua alan alana
    alastair albert alejandra alejandro aleksandra aleksander alessandro alessia alex alexander alexandra alexis alfie
    alfred ali alice alicia alina alison allan allison alma amanda amara amaka amelia amina amir amira amit amy ana
    anastasia andre andrea andreas andrew andrzej andy aneta angela angelo angus anil anita anja anjali anke ann anna
    anne anneke annette annie anthony antoine anton antonio anya aoife arjun arlo armando arnold arthur arturo arun
    ashley asif astrid ava ayaan ayesha ayo azra babak barbara barry bartek basil bayo beata beatrice beatriz becky
    ben benedict benjamin bernadette bernard bernie bert beth bethany betty beverley bhavna bianca blessing bogdan
    boris brad bradley brandi brandon brenda brendan bret brian bridget bronagh brooke bruce bruno bryan callum calvin
    cameron camila camille carla carlos carmen carol carolina caroline carolyn carrie catarina catherine cathy cecilia
    cedric celia cesar chantal charles charlie charlotte chelsea cheryl chiara chidi chidinma chinedu chioma chloe
    chris christian christina christine christopher chukwu cian ciara claire clara claudia clive colin conor
    connie corey craig cristina curtis cynthia daisuke dale damian damien dan dana daniel daniela danielle danny
    darius darnell darragh darren dave david dawn dean debbie deborah declan deepa deepak deirdre denise dennis derek
    desmond devon diana diane diego dieter dimitri dina dinesh dirk dmitri dmitry dolores dominic dominik donal donald
    donna doreen doris dorota doug douglas duncan dwayne dylan eamon ebony eddie edgar edith eduardo edward edwin
    efua eileen elaine eleanor elena eli elias elijah elif elizabeth ella ellen ellie elliot elsa emeka emil emily
    emma emmanuel enda enrique eric erica erik erika erin ernest esther ethan eugene eva evan eve evelyn ewa ezra
    fabian fabio farah farid farida farouk fatima fatou faye federica felicity felix femi fergus fernando filip finn
    fiona florence florian florin folake frances francesca francis francisco francois frank frankie fred freddie
    frederick frida gabriel gabriela gail gareth garry gary gavin gemma geoff geoffrey george georgia georgina gerald
    gerard giles gillian gina giovanni giulia gloria glyn gordon graham greg gregory greta grzegorz guillaume gunter
    gustavo guy gwen habib hadiza hakim hamid hamza hana hannah hans harold harriet harry haruto hasan hassan hazel
    heather hector heidi helen helena helga henrik henry herbert hilary hiroshi hugh hugo hui hussein ian ibrahim ida
    idris ife ifeoma ignacio igor ikenna ilse imran ines ingrid irene irina iris isaac isabel isabella isaiah isla
    ismail ivan ivana ivy jacek jack jackie jacob jacqueline jade jai jaime jake jamal james jamie jan jana jane janet
    janice janine jared jas jasmin jasmine jason jasper javier jay jean jeanette jeff jeffrey jelena jen jenna jennifer
    jenny jeremy jermaine jerome jess jesse jessica jesus jill jim jimmy jin jing joan joana joanna joanne jodie joe
    joel joey johan johanna john johnny jolanta jon jonas jonathan jordan jorge jose josef joseph josephine josh
    joshua joy joyce juan juanita judith judy julia julian julie juliet julio jun june junior jurgen justin justyna
    kaito kamal kamil kamran kareem karen karim karin karl karol karolina kasia kate katarzyna katherine kathleen kathy
    katie katja katrina kavita kay kayla keisha keith kelechi kelly kelvin kemi ken kenji kenneth kenny kerry kevin
    khadija khalid kieran kim kimberly kiran kirsten kirsty klaus kofi krishna kristina krystyna krzysztof kumar kurt
    kwabena kwame kyle lamar lance lars laszlo latisha laura lauren laurence lawrence layla leah leanne lee leila
    leo leon leona leonard leroy lesley leslie lewis liam lidia lila lin lina linda lindsay ling linh lisa lloyd
    logan lorna lorraine louis louisa louise lubna luca lucas lucia lucy luis luisa luka lukas lukasz luke lupe
    lydia lynn maciej maddie madison magda magdalena magnus mahmoud mai maja malcolm malik manoj manuel manuela
    marcel marcin marco marcos marcus marek margaret margarita maria mariam marian marianne marie marilyn marina
    mario marisa marius marlene marlon marta martha martin martina martyn mary maryam masako mateo mateusz mathilde
    matt matteo matthew matthias maureen maurice max maxine maya mehmet mei mel melanie melissa mercy mia michael
    michaela michal michel michelle mick miguel mika mike mikhail milan mildred milena millie milos min mina ming
    miriam mohamed mohammad mohammed moira molly mona monica monika morgan moses muhammad muna murray musa mustafa
    myra nadia nadine naima nancy naomi narendra natalia natalie natasha nathan nathaniel neha neil nelson ngozi
    niall niamh nicholas nick nicola nicolas nicole nigel nikhil nikita nikki nina nisha nita nnamdi noah noel nora
    noreen norman nuno obi olga oliver olivia olu olumide oluwaseun omar orla oscar oskar otto owen pablo padraig pam
    pamela paola paolo parveen pascal pat patience patrice patricia patrick patryk paul paula pauline pavel pawel
    pedro peggy penny pete peter petra phil philip philippa phyllis pierre pieter piet piotr pooja poppy pradeep
    prakash pranav preeti priscilla priti priya priyanka rachel radek rafael rafal raj raja rajesh rakesh ralph ramesh
    ramon rana rani raquel rashid rasheed raul ravi ray raymond rebecca reggie regina reinhard rekha rene renata reza
    rhys ricardo richard rick ricky rita rob robert roberta roberto robin robyn rocio rodney rodrigo roger rohan
    roisin roland rolf roman ronald ronan roosevelt rory rosa rosalind rosanna rosemary rosheen rosie ross rowan roy
    ruben rupert russell ruth ryan sabine sabrina sadia sadie saeed sahil said saira salim sally salma sam samantha
    sami samira samuel sandra sandeep sandy sanjay sanna santiago sara sarah sasha saskia satoshi scott sean sebastian
    selena selma serena serge sergei sergio seamus shane shanice shannon sharon shaun shauna sheila shelly shirin
    shirley shivani sian sibusiso sid sidney siddharth sigrid silvia simon simone sinead siobhan sipho sofia sonia
    sophia sophie stacey stan stanley stefan stefania stella stephanie stephen steve steven stewart stuart sue sunil
    sunita suresh susan susanna susanne suzanne svetlana sven sylvia tamara tamika tania tanya tara tariq tasha
    tatiana ted temitope teodora teresa terence terry thabo thandi thelma theo theodora theresa thomas thorsten
    tiago tiffany tim timothy tina tobias toby todd tom tomas tomasz tommy toni tony tracey tracy trevor trisha troy
    tunde tyler tyrone uche ulrich umar una ursula usha valentina valerie vanessa venkat vera vernon veronica vicki
    vicky victor victoria vijay vikram viktor vincent viola violet virginia vivian vivienne vlad vladimir wade waleed
    walter wanda wanjiru wayne wei wendy werner wiktor wilfred wilhelm william winston wojciech xavier xin yan yara
    yasmin yasmine yemi yolanda yosef yuki yuri yusuf yvette yvonne zac zach zachary zahra zainab zara zeinab zeynep
    zofia zoe zsofia zuzanna jo mo flo al abi ola bea deb dee des ed hal ike jo kat kev les liz lou mags meg nat nev
    pip reg ren rod ron shaz siv sol stu syd tam tess tel vic viv zed gaz baz
    """.split()
)
