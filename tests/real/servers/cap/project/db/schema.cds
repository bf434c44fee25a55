namespace hr;

entity Employees {
  key personIdExternal : String(20);
      firstName        : String(60);
      lastName         : String(60);
      middleName       : String(60);
      email            : String(120);
      title            : String(100);
      status           : String(1) default 'A';
      hireDate         : Date;
      terminationDate  : Date;
      managerId        : String(20);
      employmentType   : String(30);
      birthDate        : Date;
      personalEmail    : String(120);
      homeAddress      : String(300);
      documentNumber   : String(40);
      department       : Association to Departments;
      jobs             : Composition of many Jobs on jobs.employee = $self;
      absences         : Composition of many Absences on absences.employee = $self;
      modifiedAt       : Timestamp @cds.on.insert: $now @cds.on.update: $now;
}

entity Departments {
  key code   : String(20);
      name   : String(100);
      head   : String(20);
      parent : String(20);
}

entity Jobs {
  key ID        : UUID;
      employee  : Association to Employees;
      startDate : Date;
      position  : String(100);
      fte       : Decimal(3, 2);
}

entity Absences {
  key ID        : UUID;
      employee  : Association to Employees;
      kind      : String(30);
      startDate : Date;
      endDate   : Date;
}
